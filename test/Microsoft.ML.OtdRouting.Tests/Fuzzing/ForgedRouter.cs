using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>A saved router in which the task, or the model of a part, is another, under a digest that is right.</summary>
internal sealed class ForgedRouter
{
    private readonly MLContext _context;
    private readonly byte[] _graph;

    /// <param name="context">The context.</param>
    /// <param name="router">The router.</param>
    /// <param name="schema">Schema of its input.</param>
    public ForgedRouter(MLContext context, OtdRoutingTransformer router, DataViewSchema schema)
    {
        _context = context;
        using var stream = new MemoryStream();
        context.Model.Save(router, schema, stream);
        using var archive = new ZipArchive(stream);
        using var content = new MemoryStream();
        using (var entry = archive.Entries.Single(e => e.FullName.EndsWith("OnnxModel", StringComparison.Ordinal)).Open())
        {
            entry.CopyTo(content);
        }

        _graph = content.ToArray()[sizeof(int)..];
    }

    /// <summary>Loads the router with one field changed, of its task or of the model of a part.</summary>
    /// <param name="task">Reads tasks.</param>
    /// <param name="model">Reads models of parts.</param>
    /// <param name="random">Says what is changed.</param>
    /// <param name="changed">Is told what was.</param>
    public OtdRoutingTransformer Load(MessageParser task, MessageParser model, Random random, Action<string> changed)
    {
        var graph = ModelProto.Parser.ParseFrom(_graph);
        var saved = RouterMetadata.Find(graph)!;
        if (random.Next(2) == 0)
        {
            saved.BoundTask = Changed(task, saved.BoundTask);
        }
        else
        {
            var part = saved.Candidates[random.Next(saved.Candidates.Count)].Part;
            part.Model = Changed(model, part.Model);
        }

        return OtdRoutingTransformer.Load(RouterMetadata.Read("the graph", SavedRouterTests.Seal(graph, saved))!, null, new RouterContext(_context));

        ByteString Changed(MessageParser parser, ByteString bytes)
        {
            var message = parser.ParseFrom(bytes);
            changed(MessageMutation.Of(message, random));
            return message.ToByteString();
        }
    }
}
