using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A model file of ML.NET, in which a saved router stands as a chain of built-in transformers: puts the full routers in the place of these chains.
/// </summary>
internal sealed class SavedModel
{
    private const string GraphEntry = "OnnxModel";

    private readonly Dictionary<string, ModelProto> _graphs;
    private readonly Func<SavedRouter, GraphProto, ITransformer> _open;
    private int _opened;

    private SavedModel(Dictionary<string, ModelProto> graphs, Func<SavedRouter, GraphProto, ITransformer> open)
    {
        _graphs = graphs;
        _open = open;
    }

    /// <summary>Restores the routers of a model.</summary>
    /// <param name="model">The model as ML.NET loads it.</param>
    /// <param name="file">The file that it was loaded from.</param>
    /// <param name="open">Makes a full router of what was saved.</param>
    /// <returns>The model with full routers, and how many there are.</returns>
    public static (ITransformer Model, int Routers) Restore(
        ITransformer model, Stream file, Func<SavedRouter, GraphProto, ITransformer> open)
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

        var saved = new SavedModel(graphs, open);
        var restored = saved.Restore(model, "TransformerChain");
        return (restored ?? model, saved._opened);
    }

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
        if (RouterMetadata.Find(model) is not { } saved)
        {
            return null;
        }

        // First of all: the chains of other versions have other steps, and would not be recognised.
        RouterReader.RequireVersion(saved);
        return model;
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
        if (inside.Count == 1 && Leaves(step).Count() == SavedChain.Steps(graph.Graph, (ImageForm)saved.ImageForm))
        {
            var router = _open(saved, graph.Graph);
            _opened++;
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
