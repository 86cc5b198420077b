using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What the baseline with a cost penalty is trained on: features and losses of fitting rows, as many as matter.</summary>
internal sealed class PenaltySample
{
    /// <summary>More rows than this make the baseline no better, and would keep much memory.</summary>
    private const int MaxRows = 10_000;

    private readonly Lazy<PenaltyPath> _path;
    private readonly int _seed;

    /// <param name="features">Features, row by row.</param>
    /// <param name="logLosses">−ln p(true class), rows × routes.</param>
    /// <param name="costs">Cost of each route.</param>
    /// <param name="seed">Seed of the training.</param>
    public PenaltySample(float[] features, float[] logLosses, double[] costs, int seed)
    {
        Features = features;
        LogLosses = logLosses;
        Costs = costs;
        _seed = seed;
        _path = new Lazy<PenaltyPath>(() => PenaltyPath.Train(this, seed));
    }

    /// <summary>Features, row by row.</summary>
    public float[] Features { get; }

    /// <summary>−ln p(true class), rows × routes.</summary>
    public float[] LogLosses { get; }

    /// <summary>Cost of each route.</summary>
    public double[] Costs { get; }

    /// <summary>Seed of the training.</summary>
    public int Seed => _seed;

    public int Rows => LogLosses.Length / Costs.Length;

    /// <summary>The trained baseline; training waits until it is asked for.</summary>
    public PenaltyPath Path => _path.Value;

    /// <summary>The sample with some of the routes.</summary>
    public PenaltySample Select(IReadOnlyList<int> routes)
    {
        var losses = new float[Rows * routes.Count];
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = LogLosses[(i / routes.Count * Costs.Length) + routes[i % routes.Count]];
        }

        return new PenaltySample(Features, losses, routes.Select(k => Costs[k]).ToArray(), _seed);
    }

    /// <summary>Takes every so many rows of the fitting data; null where rows have no labels to learn from.</summary>
    public static PenaltySample? Of(FeatureTable table, RouteOutcomes outcomes, IReadOnlyList<Route> routes, int seed)
    {
        var step = (table.Rows + MaxRows - 1) / MaxRows;
        var rows = Enumerable.Range(0, table.Rows).Where(row => row % step == 0 && !float.IsNaN(outcomes.TrueProbability(row, 0))).ToArray();
        if (rows.Length == 0)
        {
            return null;
        }

        var features = new float[rows.Length * table.Count];
        var losses = new float[rows.Length * routes.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            table.Row(rows[i]).CopyTo(features.AsSpan(i * table.Count));
            for (var k = 0; k < routes.Count; k++)
            {
                losses[(i * routes.Count) + k] = (float)OtdRoutingMetrics.LogLossOf(outcomes.TrueProbability(rows[i], k));
            }
        }

        return new PenaltySample(features, losses, routes.Select(r => r.Cost).ToArray(), seed);
    }
}
