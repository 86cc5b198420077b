using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// The policy that most people would try first: score resolutions one after another, cheap ones first, and stop as soon as one is sure
/// enough of its answer. The answer is that of the last resolution scored.
/// </summary>
internal sealed class ConfidenceCascade
{
    private readonly IReadOnlyList<double> _costs;

    private ConfidenceCascade(IReadOnlyList<int> chain, IReadOnlyList<double> costs)
    {
        Chain = chain;
        _costs = costs;
    }

    /// <summary>The resolutions of the cascade, in the order in which they are scored.</summary>
    public IReadOnlyList<int> Chain { get; }

    /// <summary>The chain of resolutions that is best on the fitting data at a mean cost.</summary>
    /// <param name="fitting">Outcomes of the single resolutions on the fitting data.</param>
    /// <param name="costs">Cost of every resolution.</param>
    /// <param name="cost">Mean cost allowed; at least that of the cheapest resolution.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cost"/> is below the cheapest resolution's.</exception>
    public static ConfidenceCascade Tune(RouteOutcomes fitting, IReadOnlyList<double> costs, double cost)
    {
        var chains = Enumerable.Range(1, (1 << costs.Count) - 1)
            .Select(set => Enumerable.Range(0, costs.Count).Where(r => (set >> r & 1) == 1).ToArray())
            .Where(chain => costs[chain[0]] <= cost)
            .Select(chain => new ConfidenceCascade(chain, costs))
            .ToList();
        return chains.Count > 0
            ? chains.MaxBy(c => c.AtCost(fitting, cost).Quality)!
            : throw new ArgumentOutOfRangeException(nameof(cost), cost, $"No cascade costs {cost:G6} or less; the cheapest resolution costs {costs.Min():G6}.");
    }

    /// <summary>Quality and mean cost at the largest threshold whose mean cost on these rows does not exceed a limit.</summary>
    public (double Quality, double Cost) AtCost(RouteOutcomes rows, double limit) => At(rows, ThresholdAt(rows, limit));

    /// <summary>What becomes of every row at the largest threshold whose mean cost on these rows does not exceed a limit.</summary>
    public PolicyRows RowsAtCost(string name, RouteOutcomes rows, double limit)
    {
        var threshold = ThresholdAt(rows, limit);
        return new PolicyRows(name, PolicyRows.QualityOf(rows.Quality, row => Chain[LastStep(rows, row, threshold)]), At(rows, threshold).Cost);
    }

    private float ThresholdAt(RouteOutcomes rows, double limit)
    {
        if (At(rows, float.PositiveInfinity).Cost <= limit)
        {
            return float.PositiveInfinity;
        }

        // The mean cost grows with the threshold and changes at observed confidences alone: bisect over these.
        var thresholds = Chain.SelectMany(r => Enumerable.Range(0, rows.Rows).Select(row => rows.Confidence[row, r])).ToArray();
        Array.Sort(thresholds);
        var best = float.NegativeInfinity;
        int low = 0, high = thresholds.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (At(rows, thresholds[middle]).Cost <= limit)
            {
                best = thresholds[middle];
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return best;
    }

    /// <summary>The step of the chain at which a row is answered.</summary>
    private int LastStep(RouteOutcomes rows, int row, float threshold)
    {
        var step = 0;
        while (step < Chain.Count - 1 && rows.Confidence[row, Chain[step]] < threshold)
        {
            step++;
        }

        return step;
    }

    private (double Quality, double Cost) At(RouteOutcomes rows, float threshold)
    {
        var quality = 0.0;
        var cost = 0.0;
        for (var row = 0; row < rows.Rows; row++)
        {
            var last = LastStep(rows, row, threshold);
            for (var step = 0; step <= last; step++)
            {
                cost += _costs[Chain[step]];
            }

            quality += rows.Quality[row, Chain[last]];
        }

        return (quality / rows.Rows, cost / rows.Rows);
    }
}
