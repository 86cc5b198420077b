using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting;

/// <summary>How a router did on a data set: the measures of its task, cost against the budget, use of the routes.</summary>
public sealed class OtdRoutingMetrics
{
    internal OtdRoutingMetrics(
        IReadOnlyList<TaskMeasure> measures,
        IReadOnlyList<string> routeNames,
        IReadOnlyList<double> routeCosts,
        IReadOnlyList<long> routeCounts,
        IReadOnlyList<double> plannedShares,
        double budget,
        long calibrationRows)
    {
        Rows = routeCounts.Sum();
        Measures = measures;
        RouteNames = routeNames;
        RouteCosts = routeCosts;
        RouteShares = routeCounts.Select(c => (double)c / Rows).ToArray();
        PlannedShares = plannedShares;
        Budget = budget;
        MeanCost = Dot(RouteShares, routeCosts);
        PlannedCost = Dot(plannedShares, routeCosts);
        var variance = Dot(plannedShares, routeCosts.Select(c => (c - PlannedCost) * (c - PlannedCost)).ToArray());
        CostStandardError = PriceCalibration.StandardErrorOf(Math.Sqrt(variance), calibrationRows, Rows);
        MeanCostInterval = Bootstrap.Mean(routeCosts, routeCounts);
        NormalizedEntropy = routeCosts.Count > 1 ? Entropy(RouteShares) / Math.Log(routeCosts.Count) : 0;
        CollapseIndex = Collapse(RouteShares, plannedShares);
    }

    /// <summary>Number of rows with an answer. The other figures are theirs.</summary>
    public long Rows { get; }

    /// <summary>Rows without an answer, of those the router could not serve and was told to skip.</summary>
    public long MissingRows { get; internal init; }

    /// <summary>What was promised of the router when it was fitted, and its tests; null for nothing, and where only the router's columns are known.</summary>
    public QualityPromise? Promise { get; internal init; }

    /// <summary>The measures of the task, the primary one first: for classification <c>accuracy</c> and <c>log-loss</c>.</summary>
    public IReadOnlyList<TaskMeasure> Measures { get; }

    /// <summary>Value of the primary measure, of which more is better: for classification the accuracy. NaN where there is no truth.</summary>
    public double Quality => Measures[0].Value;

    /// <summary>Name of the primary measure.</summary>
    public string QualityName => Measures[0].Name;

    /// <summary>95 % interval of <see cref="Quality"/>. NaN where there is no truth.</summary>
    public ConfidenceInterval QualityInterval => Measures[0].Interval;

    /// <summary>Value of a measure.</summary>
    /// <param name="measure">Its name.</param>
    /// <exception cref="ArgumentException">The task has no such measure; the message lists those it has.</exception>
    public double this[string measure] => (Measures.FirstOrDefault(m => m.Name == measure)
        ?? throw new ArgumentException($"There is no measure '{measure}'; there are {string.Join(", ", Measures.Select(m => m.Name))}.", nameof(measure))).Value;

    /// <summary>Mean cost of a row, in the router's unit of cost.</summary>
    public double MeanCost { get; }

    /// <summary>95 % interval of <see cref="MeanCost"/>, over rows like these with the router as it is.</summary>
    public ConfidenceInterval MeanCostInterval { get; }

    /// <summary>Mean cost of a row that the router was told to keep to, in the router's unit of cost.</summary>
    public double Budget { get; }

    /// <summary>
    /// Mean cost of the fitted transport plan: the budget, or less where spending more would not lower the loss.
    /// </summary>
    public double PlannedCost { get; }

    /// <summary>Relative error of the mean cost: <c>MeanCost / Budget − 1</c>. Where the plan leaves part of the budget, so does the router.</summary>
    public double BudgetError => (MeanCost / Budget) - 1;

    /// <summary>
    /// Standard error of the mean cost, in the router's unit of cost: the prices were set on a sample and these rows are one,
    /// <c>sd(cost) · √(1/n_calibration + 1/n)</c>.
    /// </summary>
    public double CostStandardError { get; }

    /// <summary>Names of the routes, in ascending order of cost.</summary>
    public IReadOnlyList<string> RouteNames { get; }

    /// <summary>Cost of a row on each route, in the router's unit of cost.</summary>
    public IReadOnlyList<double> RouteCosts { get; }

    /// <summary>Share of the rows that each route got.</summary>
    public IReadOnlyList<double> RouteShares { get; }

    /// <summary>Share of the rows that each route has in the fitted transport plan.</summary>
    public IReadOnlyList<double> PlannedShares { get; }

    /// <summary>Entropy of the shares over its maximum: 0 when one route takes all, 1 when all get the same.</summary>
    public double NormalizedEntropy { get; }

    /// <summary><c>1 − H(shares) / H(planned shares)</c>: 0 when the routes are used as planned, 1 when one takes all.</summary>
    public double CollapseIndex { get; }

    /// <summary><c>1 − H(shares) / H(planned)</c>.</summary>
    internal static double Collapse(IReadOnlyList<double> shares, IReadOnlyList<double> planned)
    {
        var entropy = Entropy(planned);
        return entropy > 0 ? 1 - (Entropy(shares) / entropy) : 0;
    }

    private static double Dot(IReadOnlyList<double> a, IReadOnlyList<double> b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double Entropy(IEnumerable<double> shares) => -shares.Where(s => s > 0).Sum(s => s * Math.Log(s));
}
