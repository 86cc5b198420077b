using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What every route does on every row: its true loss, and whether its prediction is right.</summary>
internal sealed class RouteOutcomes
{
    private readonly int[] _labels;
    private readonly int[] _predictions;
    private readonly float[] _confidences;
    private readonly float[] _trueProbabilities;

    private RouteOutcomes(int[] labels, int routes)
    {
        _labels = labels;
        Routes = routes;
        Losses = new float[labels.Length * routes];
        _predictions = new int[Losses.Length];
        _confidences = new float[Losses.Length];
        _trueProbabilities = new float[Losses.Length];
    }

    public int Rows => _labels.Length;

    public int Routes { get; }

    /// <summary>The true class of every row; −1 without a label.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Whether every row has a label.</summary>
    public bool HasLabels => Array.TrueForAll(_labels, l => l >= 0);

    /// <summary>True losses, rows × routes. Zero in a router that was loaded: only fitting needs them.</summary>
    public float[] Losses { get; }

    /// <summary>Whether the route's most probable class is the true one.</summary>
    public bool IsCorrect(int row, int route) => _predictions[(row * Routes) + route] == _labels[row];

    /// <summary>Probability of the route's most probable class.</summary>
    public float Confidence(int row, int route) => _confidences[(row * Routes) + route];

    /// <summary>Probability that the route gives to the true class; NaN without a label.</summary>
    public float TrueProbability(int row, int route) => _trueProbabilities[(row * Routes) + route];

    /// <summary>Computes the outcomes of routes, in ascending order of cost.</summary>
    /// <param name="table">Log-probabilities of the resolutions.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="ensembleOf">The ensemble that predicts a row: in fitting, one that has not seen it.</param>
    /// <param name="loss">The loss.</param>
    public static RouteOutcomes Compute(
        LogProbabilityTable table, IReadOnlyList<Route> routes, Func<int, Ensemble> ensembleOf, RoutingLoss loss)
    {
        var classes = table.Table.Classes;
        var outcomes = new RouteOutcomes(table.Table.Labels.ToArray(), routes.Count);
        var members = new float[routes.Max(r => r.Resolutions.Count) * classes];
        var probabilities = Enumerable.Range(0, routes.Count).Select(_ => new float[classes]).ToArray();
        for (var row = 0; row < outcomes.Rows; row++)
        {
            var pools = ensembleOf(row).Pools;
            for (var route = 0; route < routes.Count; route++)
            {
                table.Gather(routes[route], row, members);
                pools[route].Combine(members, probabilities[route]);
            }

            outcomes.Set(row, probabilities, routes, loss);
        }

        return outcomes;
    }

    /// <summary>Outcomes of every resolution alone, at its temperature and otherwise as it is.</summary>
    public static RouteOutcomes OfSingleResolutions(LogProbabilityTable table, ScorerSet scorers, RoutingLoss loss)
    {
        var singles = scorers.Costs.Select((cost, r) => new Route([r], scorers.Names, cost)).ToList();
        var asTheyAre = new Ensemble(
            singles, [], [], singles.Select(_ => LogPool.Uniform(1, table.Table.Classes)).ToArray());
        return Compute(table, singles, _ => asTheyAre, loss);
    }

    /// <summary>The outcomes of some of the routes.</summary>
    public RouteOutcomes Select(IReadOnlyList<int> routes)
    {
        var selected = new RouteOutcomes(_labels, routes.Count);
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < routes.Count; k++)
            {
                var (from, to) = ((row * Routes) + routes[k], (row * routes.Count) + k);
                selected.Losses[to] = Losses[from];
                selected._predictions[to] = _predictions[from];
                selected._confidences[to] = _confidences[from];
                selected._trueProbabilities[to] = _trueProbabilities[from];
            }
        }

        return selected;
    }

    /// <summary>The outcomes as they are saved, without the losses.</summary>
    /// <param name="rows">The rows to save.</param>
    public SavedOutcomes ToSaved(IReadOnlyList<int> rows) => new()
    {
        Predictions = { RowSelection.Take(_predictions, Routes, rows) },
        Confidences = { RowSelection.Take(_confidences, Routes, rows) },
        TrueProbabilities = { RowSelection.Take(_trueProbabilities, Routes, rows) },
    };

    /// <summary>The outcomes that were saved.</summary>
    /// <param name="saved">The outcomes.</param>
    /// <param name="labels">The true classes of the rows.</param>
    /// <param name="routes">Number of routes.</param>
    public static RouteOutcomes FromSaved(SavedOutcomes saved, int[] labels, int routes)
    {
        var outcomes = new RouteOutcomes(labels, routes);
        saved.Predictions.CopyTo(outcomes._predictions, 0);
        saved.Confidences.CopyTo(outcomes._confidences, 0);
        saved.TrueProbabilities.CopyTo(outcomes._trueProbabilities, 0);
        return outcomes;
    }

    /// <summary>Keeps the outcomes of a row; the dearest route is the reference of label-free losses.</summary>
    private void Set(int row, float[][] probabilities, IReadOnlyList<Route> routes, RoutingLoss loss)
    {
        var label = _labels[row];
        for (var route = 0; route < Routes; route++)
        {
            var cell = (row * Routes) + route;
            var value = loss.Compute(probabilities[route], label, probabilities[^1]);
            Losses[cell] = float.IsFinite(value)
                ? value
                : throw new InvalidOperationException($"Loss '{loss.Name}' of row {row} on route {routes[route].Name} is {value}; it must be finite.");
            _predictions[cell] = RoutingLoss.ArgMax(probabilities[route]);
            _confidences[cell] = probabilities[route][_predictions[cell]];
            _trueProbabilities[cell] = label < 0 ? float.NaN : probabilities[route][label];
        }
    }
}
