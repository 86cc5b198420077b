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

    /// <summary>True losses, rows × routes.</summary>
    public float[] Losses { get; }

    /// <summary>Whether the route's most probable class is the true one.</summary>
    public bool IsCorrect(int row, int route) => _predictions[(row * Routes) + route] == _labels[row];

    /// <summary>Probability of the route's most probable class.</summary>
    public float Confidence(int row, int route) => _confidences[(row * Routes) + route];

    /// <summary>Probability that the route gives to the true class; NaN without a label.</summary>
    public float TrueProbability(int row, int route) => _trueProbabilities[(row * Routes) + route];

    /// <summary>Computes the outcomes of routes, in ascending order of cost, from the outputs of the resolutions.</summary>
    public static RouteOutcomes Compute(OutputTable table, IReadOnlyList<Route> routes, Ensemble ensemble, RoutingLoss loss)
    {
        var outcomes = new RouteOutcomes(table.Labels.ToArray(), routes.Count);
        var members = Buffers(table.Resolutions, table.Classes);
        var mixtures = Buffers(routes.Count, table.Classes);
        for (var row = 0; row < table.Rows; row++)
        {
            for (var resolution = 0; resolution < members.Length; resolution++)
            {
                ensemble.Probabilities(resolution, table.Output(resolution, row), members[resolution]);
            }

            for (var route = 0; route < routes.Count; route++)
            {
                for (var m = 0; m < routes[route].Resolutions.Count; m++)
                {
                    Ensemble.Accumulate(members[routes[route].Resolutions[m]], ensemble.Weights(route)[m], mixtures[route], first: m == 0);
                }
            }

            outcomes.Set(row, mixtures, routes, loss);
        }

        return outcomes;
    }

    /// <summary>Keeps the outcomes of a row; the dearest route is the reference of label-free losses.</summary>
    private void Set(int row, float[][] mixtures, IReadOnlyList<Route> routes, RoutingLoss loss)
    {
        var label = _labels[row];
        for (var route = 0; route < Routes; route++)
        {
            var cell = (row * Routes) + route;
            var value = loss.Compute(mixtures[route], label, mixtures[^1]);
            Losses[cell] = float.IsFinite(value)
                ? value
                : throw new InvalidOperationException($"Loss '{loss.Name}' of row {row} on route {routes[route].Name} is {value}; it must be finite.");
            _predictions[cell] = RoutingLoss.ArgMax(mixtures[route]);
            _confidences[cell] = mixtures[route][_predictions[cell]];
            _trueProbabilities[cell] = label < 0 ? float.NaN : mixtures[route][label];
        }
    }

    private static float[][] Buffers(int count, int length) => Enumerable.Range(0, count).Select(_ => new float[length]).ToArray();
}
