using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>Routers that know different things, beside the first of them.</summary>
internal static class MaskedTable
{
    /// <summary>Writes a line for each.</summary>
    /// <param name="report">Takes the table.</param>
    /// <param name="what">What they differ in.</param>
    /// <param name="isError">Whether the measure is one less the quality.</param>
    /// <param name="budgets">The budgets.</param>
    /// <param name="measured">What each does.</param>
    public static void Write(Report report, string what, bool isError, IReadOnlyList<double> budgets, IReadOnlyList<(string Name, MaskedRows Rows)> measured)
    {
        string Value(double quality) => Report.Percent(isError ? 1 - quality : quality);
        string Difference((double Mean, ConfidenceInterval Interval) d)
        {
            var (mean, low, high) = isError ? (-d.Mean, -d.Interval.High, -d.Interval.Low) : (d.Mean, d.Interval.Low, d.Interval.High);
            return $"{Report.Signed(100 * mean, 2)} [{Report.Signed(100 * low, 2)}, {Report.Signed(100 * high, 2)}]";
        }

        var first = measured[0].Rows;
        string Against(MaskedRows own, params IReadOnlyList<int> at) => own == first ? "" : Difference(own.Against(first, at));
        report.Table(
            [what, .. budgets.Select(b => $"{b:P0}"), "mean", $"difference to {measured[0].Name}", .. budgets.Select(b => $"at {b:P0}"), "cost off the budget"],
            measured.Select(m => (IReadOnlyList<string>)
            [
                m.Name,
                .. budgets.Select((_, b) => Value(m.Rows.Quality(b))),
                Value(m.Rows.MeanQuality),
                Against(m.Rows, [.. Enumerable.Range(0, budgets.Count)]),
                .. budgets.Select((_, b) => Against(m.Rows, b)),
                Report.Cost(m.Rows.LargestExcess),
            ]));
    }
}
