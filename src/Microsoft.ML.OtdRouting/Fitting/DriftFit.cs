using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>What a router promises of images like those of the fit, by its held-out rows.</summary>
internal static class DriftFit
{
    private const int MostBins = 20;

    /// <summary>A monitor of a router.</summary>
    /// <param name="router">The router.</param>
    /// <param name="positions">Positions of the fitting rows in their folds.</param>
    /// <param name="samplePrior">Weights of the fitting rows, summing to one; null for equal ones.</param>
    /// <param name="rate">Chance that a false alarm is ever raised, at most.</param>
    /// <param name="raise">Gets the alarms.</param>
    public static DriftMonitor Of(
        RouterMix router, IReadOnlyList<ushort> positions, double[]? samplePrior, double rate, Action<DriftEventArgs> raise) =>
        new(router.Policy, router.Candidates.Select((_, part) => Of(router, part, positions, samplePrior)).ToList(), rate, raise);

    private static DriftReference? Of(RouterMix router, int part, IReadOnlyList<ushort> positions, double[]? samplePrior)
    {
        var (candidate, calibration) = (router.Candidates[part], router.Policy.Parts[part].Policy.Calibration);
        var rows = Enumerable.Range(0, positions.Count).Where(row => router.Policy.PartOf(positions[row]) == part).ToArray();
        if (candidate.Routes.Count == 1 || rows.Length == 0)
        {
            return null;
        }

        // Weighted rows count as many as tell as much.
        double WeightOf(int row) => samplePrior is null ? 1 : samplePrior[row] * calibration.Rows;
        var chosen = candidate.ChooseHeldOut(calibration);
        var counts = new double[candidate.Routes.Count];
        foreach (var row in rows)
        {
            counts[chosen[row]] += WeightOf(row);
        }

        var cheapest = Array.FindIndex(calibration.Prices, float.IsFinite);
        float LossOf(int row) => candidate.HeldOut[row, cheapest];
        var sorted = rows.OrderBy(LossOf).ToArray();
        var bins = Math.Clamp(sorted.Length / 10, 1, MostBins);
        var edges = Enumerable.Range(1, bins - 1).Select(b => LossOf(sorted[(int)((long)b * sorted.Length / bins)])).Distinct().ToArray();
        var losses = new double[edges.Length + 1];
        foreach (var row in rows)
        {
            var bin = Array.BinarySearch(edges, LossOf(row));
            losses[bin < 0 ? ~bin : bin] += WeightOf(row);
        }

        losses[^1]++;
        return new DriftReference(edges, losses, counts, rows.Sum(row => WeightOf(row) * LossOf(row)));
    }
}
