using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A model file of ML.NET, in which a saved router stands as a chain of built-in transformers: puts the full routers in the place of these chains.
/// </summary>
internal sealed class SavedModel
{
    private readonly IReadOnlyDictionary<string, SavedGraph> _graphs;
    private readonly Func<SavedGraph, ITransformer> _open;
    private readonly List<ITransformer> _opened = [];

    private SavedModel(IReadOnlyDictionary<string, SavedGraph> graphs, Func<SavedGraph, ITransformer> open)
    {
        _graphs = graphs;
        _open = open;
    }

    /// <summary>Loads a model with its routers.</summary>
    /// <param name="context">The context.</param>
    /// <param name="file">The file; seekable.</param>
    /// <param name="open">Makes a full router of what was saved.</param>
    /// <param name="inputSchema">Schema of the model's input; null where none was saved.</param>
    /// <exception cref="InvalidDataException">The file is no model of ML.NET, holds no router, or is damaged; the message says which part.</exception>
    public static TransformerChain<ITransformer> Load(
        MLContext context, Stream file, Func<SavedGraph, ITransformer> open, out DataViewSchema inputSchema)
    {
        var graphs = SavedArchive.Read(file);
        if (graphs.Count == 0)
        {
            throw new InvalidDataException("it holds no router that this library has saved");
        }

        file.Position = 0;
        var model = Load(context, file, out inputSchema);
        var saved = new SavedModel(graphs, open);
        try
        {
            var restored = saved.Restore(model, "TransformerChain") ?? model;
            var lost = graphs.Count - saved._opened.Count;
            Damage.Require(lost == 0, "the model", $"the steps around {lost} of its {graphs.Count} routers are not those that were saved");
            return restored as TransformerChain<ITransformer> ?? new TransformerChain<ITransformer>(restored);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            saved._opened.ForEach(router => (router as IDisposable)?.Dispose());
            throw;
        }
    }

    private static ITransformer Load(MLContext context, Stream file, out DataViewSchema inputSchema)
    {
        try
        {
            using var lasting = LastingSessionOptions.In(context);
            return context.Model.Load(file, out inputSchema);
        }
#pragma warning disable CA1031 // Transformers of any assembly read themselves, and of damaged bytes throw whatever comes.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new InvalidDataException($"it is not a readable model of ML.NET: {e.Message}", e);
        }
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
        if (inside.Count == 1 && Leaves(step).Count() == SavedChain.Steps(graph.Graph, (ImageForm)graph.Router.ImageForm))
        {
            var router = _open(graph);
            _opened.Add(router);
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
