using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Onnx;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A model file of ML.NET, in which a saved router stands as a chain of built-in transformers: puts the full routers in the place of these chains.
/// </summary>
internal sealed class SavedModel
{
    private const string GraphEntry = "OnnxModel";

    private readonly Dictionary<string, ModelProto> _graphs;
    private readonly ScoringOptions? _scoring;
    private readonly RouterContext _log;

    private SavedModel(Dictionary<string, ModelProto> graphs, ScoringOptions? scoring, RouterContext log)
    {
        _graphs = graphs;
        _scoring = scoring;
        _log = log;
    }

    /// <summary>Restores the routers of a model.</summary>
    /// <param name="model">The model as ML.NET loads it.</param>
    /// <param name="file">The file that it was loaded from.</param>
    /// <param name="scoring">How to run the scorers; null for how they were run.</param>
    /// <param name="log">Takes warnings.</param>
    /// <returns>The model with full routers, and how many there are.</returns>
    public static (ITransformer Model, int Routers) Restore(ITransformer model, Stream file, ScoringOptions? scoring, RouterContext log)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        var graphs = new Dictionary<string, ModelProto>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in archive.Entries)
        {
            if (ReadGraph(entry) is { } graph)
            {
                var path = entry.FullName.Replace('\\', '/');
                graphs[path[..path.LastIndexOf('/')]] = graph;
            }
        }

        var restored = new SavedModel(graphs, scoring, log).Restore(model, "TransformerChain");
        return (restored ?? model, Routers(restored ?? model));
    }

    private static int Routers(ITransformer model) =>
        model is OtdRoutingTransformer ? 1 : model is IEnumerable<ITransformer> chain ? chain.Sum(Routers) : 0;

    /// <summary>The graph of a router, from an entry of the file; null for other entries.</summary>
    private static ModelProto? ReadGraph(ZipArchiveEntry entry)
    {
        if (!entry.Name.Equals(GraphEntry, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        using var stream = entry.Open();
        using var reader = new BinaryReader(stream);
        // ML.NET puts the length before the bytes.
        var model = OnnxModelFile.Parse(entry.FullName, reader.ReadBytes(reader.ReadInt32()));
        return RouterMetadata.Find(model) is null ? null : model;
    }

    /// <summary>The transformer with full routers; null when it holds none.</summary>
    /// <param name="step">The transformer.</param>
    /// <param name="folder">Its folder in the file.</param>
    private ITransformer? Restore(ITransformer step, string folder)
    {
        var inside = _graphs.Keys.Where(path => path.Equals(folder, StringComparison.OrdinalIgnoreCase) ||
            path.StartsWith(folder + "/", StringComparison.OrdinalIgnoreCase)).ToList();
        if (inside.Count == 0 || step is not IEnumerable<ITransformer> chain)
        {
            return null;
        }

        var graph = _graphs[inside[0]];
        var saved = RouterMetadata.Find(graph)!;
        if (inside.Count == 1 && Leaves(step).Count() == SavedChain.Steps(saved.ImagesAreVectors))
        {
            var router = RouterReader.Read(saved, graph.Graph, _scoring, _log);
            (step as IDisposable)?.Dispose();
            return router;
        }

        var steps = chain.ToList();
        var restored = steps.Select((inner, i) => Restore(inner, $"{folder}/Transform_{i:000}") ?? inner).ToList();
        return new TransformerChain<ITransformer>(restored, steps.Select(inner => ScopeOf(inner, step)));
    }

    private static IEnumerable<ITransformer> Leaves(ITransformer step) =>
        step is IEnumerable<ITransformer> chain ? chain.SelectMany(Leaves) : [step];

    /// <summary>When a step is applied, which a chain tells only by filtering.</summary>
    private static TransformerScope ScopeOf(ITransformer step, ITransformer chain)
    {
        if (chain is not TransformerChain<ITransformer> scoped)
        {
            return TransformerScope.Everything;
        }

        return new[] { TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring }
            .Where(scope => scoped.GetModelFor(scope).Contains(step))
            .Aggregate(default(TransformerScope), (all, scope) => all | scope);
    }
}
