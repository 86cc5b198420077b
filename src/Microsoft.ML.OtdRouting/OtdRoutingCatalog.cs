using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Evaluation;

namespace Microsoft.ML;

/// <summary>What can be done with routing in an <see cref="MLContext"/>: make an estimator, evaluate, compare.</summary>
public sealed class OtdRoutingCatalog
{
    private readonly MLContext _context;

    internal OtdRoutingCatalog(MLContext context) => _context = context;

    /// <summary>
    /// Sends every image to the resolution, or the ensemble of resolutions, that is good enough for it, under a compute budget. Progress and
    /// warnings go to <see cref="MLContext.Log"/>.
    /// </summary>
    /// <param name="options">Columns, resolutions, budget.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    public OtdResolutionRouter Route(OtdResolutionRouter.Options options) => new(options, new RouterLog(_context));

    /// <summary>Measures a router from the columns it made: accuracy, cost against the budget, use of the routes.</summary>
    /// <param name="data">Scored data, with the label.</param>
    /// <param name="labelColumnName">Column with the labels; without one, accuracy and log-loss are NaN.</param>
    /// <param name="scoreColumnName">Column with the class probabilities.</param>
    /// <param name="predictedLabelColumnName">Column with the predicted labels.</param>
    /// <param name="routeColumnName">Column with the routes.</param>
    /// <exception cref="ArgumentException">A column is missing, or the route column does not come from a router.</exception>
    /// <exception cref="InvalidOperationException">The data is empty.</exception>
    public OtdRoutingMetrics Evaluate(
        IDataView data,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        string routeColumnName = "Route")
    {
        ArgumentNullException.ThrowIfNull(data);
        return ScoredDataEvaluator.Evaluate(data, labelColumnName, scoreColumnName, predictedLabelColumnName, routeColumnName);
    }

    /// <summary>
    /// Compares a router with every resolution alone, the best static mix, a confidence cascade and the transport oracle, on the same rows.
    /// Scores every row at every resolution.
    /// </summary>
    /// <param name="model">A fitted router, or a chain that holds exactly one.</param>
    /// <param name="data">Labelled data, as the model takes it.</param>
    /// <exception cref="ArgumentException">The model does not hold exactly one router, or a column is missing.</exception>
    public OtdRoutingComparison Compare(ITransformer model, IDataView data) => Compare(model, data, null)[0];

    /// <summary>The accuracy–cost curve of a router: <see cref="Compare(ITransformer, IDataView)"/> at several budgets, from one pass over the data.</summary>
    /// <param name="model">A fitted router, or a chain that holds exactly one.</param>
    /// <param name="data">Labelled data, as the model takes it.</param>
    /// <param name="budgets">Budgets; one comparison is returned for each.</param>
    /// <exception cref="ArgumentException">The model does not hold exactly one router, or a column is missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A budget is outside what the routes can cost.</exception>
    public IReadOnlyList<OtdRoutingComparison> Sweep(ITransformer model, IDataView data, IReadOnlyList<ComputeBudget> budgets)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        return Compare(model, data, budgets);
    }

    private static IReadOnlyList<OtdRoutingComparison> Compare(ITransformer model, IDataView data, IReadOnlyList<ComputeBudget>? budgets)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var steps = model is IEnumerable<ITransformer> chain ? Flatten(chain).ToList() : [model];
        var routers = steps.OfType<OtdRoutingTransformer>().ToList();
        if (routers.Count != 1)
        {
            throw new ArgumentException($"The model must hold exactly one router; found {routers.Count}.", nameof(model));
        }

        foreach (var step in steps.TakeWhile(s => s is not OtdRoutingTransformer))
        {
            data = step.Transform(data);
        }

        return routers[0].Compare(data, budgets);
    }

    private static IEnumerable<ITransformer> Flatten(IEnumerable<ITransformer> chain) =>
        chain.SelectMany(step => step is IEnumerable<ITransformer> inner ? Flatten(inner) : [step]);
}
