using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>A damaged file gives the same answers, bit for bit, or one error that names the file; a forged one gives answers or that error.</summary>
[Collection(nameof(Doors))]
public sealed class SavedRouterTests : IClassFixture<ColourRouter>
{
    private const string Graph = "OnnxModel";

    private readonly ColourRouter _colours;
    private readonly Door _door;
    private readonly byte[] _file;
    private readonly List<(string Name, byte[] Bytes)> _entries = [];
    private readonly byte[] _graph;
    private readonly IDataView _rows;
    private readonly RoutedValues _expected;

    public SavedRouterTests(ColourRouter colours, ITestOutputHelper output)
    {
        (_colours, _door) = (colours, new Door(output));
        using var stream = new MemoryStream();
        _rows = colours.Test(20);
        _expected = RoutedValues.Read(colours.Router.Transform(_rows));
        colours.Context.Model.Save(colours.Router, _rows.Schema, stream);
        _file = stream.ToArray();
        using var archive = new ZipArchive(stream);
        foreach (var entry in archive.Entries)
        {
            using var content = new MemoryStream();
            using var from = entry.Open();
            from.CopyTo(content);
            _entries.Add((entry.FullName, content.ToArray()));
        }

        _graph = _entries.Single(e => e.Name.EndsWith(Graph, StringComparison.Ordinal)).Bytes[sizeof(int)..];
    }

    [Fact]
    public async Task Files_with_changed_bytes()
    {
        var random = new Random(21);
        await _door.Run("saved routers, bytes of the file", 400, leastRefused: 300, leastAccepted: 0, i => LoadSame(i % 2 == 0 ? Mutation.Of(_file, random) : Mutation.OfBits(_file, random)), NamesTheFile);
    }

    [Fact]
    public async Task Entries_with_changed_bytes_and_right_checksums()
    {
        var random = new Random(22);
        await _door.Run("saved routers, bytes of the entries", 200, leastRefused: 120, leastAccepted: 1, i =>
        {
            var changed = random.Next(4) > 0 ? random.Next(_entries.Count) : _entries.FindIndex(e => e.Name.EndsWith(Graph, StringComparison.Ordinal));
            LoadSame(Zip(_entries.Select((e, at) => (e.Name, at == changed ? Mutation.Of(e.Bytes, random) : e.Bytes))));
        }, NamesTheFile);
    }

    [Fact]
    public async Task Routers_with_changed_fields_and_right_digests()
    {
        var random = new Random(23);
        var done = "";
        await _door.Run("saved routers, fields of the router", 500, leastRefused: 200, leastAccepted: 50, _ =>
        {
            var model = ModelProto.Parser.ParseFrom(_graph);
            var saved = RouterMetadata.Find(model)!;
            done = MessageMutation.Of(saved, random);
            Answer(Seal(model, saved));
        }, e => e is InvalidDataException ? true : throw new InvalidOperationException(done, e));
    }

    [Fact]
    public async Task Graphs_with_changed_fields_and_right_digests()
    {
        var random = new Random(24);
        var done = "";
        await _door.Run("saved routers, fields of the graph", 200, leastRefused: 15, leastAccepted: 10, _ =>
        {
            var model = ModelProto.Parser.ParseFrom(_graph);
            var saved = RouterMetadata.Find(model)!;
            done = MessageMutation.Of(model.Graph, random);
            Answer(Seal(model, saved));
        }, e => e is InvalidDataException ? true : throw new InvalidOperationException(done, e));
    }

    /// <summary>The whole way, as users load a file.</summary>
    private void LoadSame(byte[] file)
    {
        using var stream = new MemoryStream(file);
        using var chain = _colours.Context.OtdRouting().Load(stream, out _);
        RoutedValues.AssertSame(_expected, RoutedValues.Read(chain.OfType<OtdRoutingTransformer>().Single().Transform(_rows)));
    }

    /// <summary>Without ML.NET's own transformers, which only tell where the router stands.</summary>
    private void Answer(byte[] graph)
    {
        using var router = OtdRoutingTransformer.Load(RouterMetadata.Read("the graph", graph)!, null, new RouterContext(_colours.Context));
        // What was forged may look for columns that are not there, or fail on images, as a user's models may: errors that name the column or the row.
        IDataView? scored = null;
        var error = Record.Exception(() => scored = router.Transform(_rows));
        Assert.True(error is null or ArgumentException, $"{error}");
        error = Record.Exception(() => Assert.Equal(_expected.Rows, scored?.Preview(100).RowView.Length ?? _expected.Rows));
        Assert.True(error is null or InvalidOperationException or InvalidDataException, $"{error}");
    }

    private static bool NamesTheFile(Exception error) => error is InvalidDataException && error.Message.StartsWith("'the stream' cannot be loaded: ", StringComparison.Ordinal);

    /// <summary>The graph with a router and a digest that is right.</summary>
    internal static byte[] Seal(ModelProto model, SavedRouter saved)
    {
        foreach (var property in model.MetadataProps.Where(p => p.Key.EndsWith(".router", StringComparison.Ordinal) || p.Key.EndsWith(".digest", StringComparison.Ordinal)).ToList())
        {
            model.MetadataProps.Remove(property);
        }

        RouterMetadata.Attach(model, saved);
        using var stream = RouterMetadata.Seal(model);
        return stream.ToArray();
    }

    private static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var to = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                to.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
