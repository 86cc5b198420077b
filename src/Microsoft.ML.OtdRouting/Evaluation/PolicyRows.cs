using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What a policy does on every row of a comparison, which tells it from the router row by row.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Quality">Quality of every row, in the mean over what the policy leaves to chance; NaN in rows without truth.</param>
/// <param name="MeanCost">Mean cost of a row, which the policy really has on these rows.</param>
internal sealed record PolicyRows(string Name, double[] Quality, double MeanCost)
{
    /// <summary>Mean quality of the rows whose truth is known; NaN where there are none.</summary>
    public double MeanQuality => Quality.Where(quality => !double.IsNaN(quality)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The same route for all rows.</summary>
    public static PolicyRows Of(string name, RouteTable quality, int route, double cost) =>
        new(name, QualityOf(quality, _ => route), cost);

    /// <summary>A random mix of two policies.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="first">The one.</param>
    /// <param name="second">The other.</param>
    /// <param name="share">Share of the rows that the other gets.</param>
    public static PolicyRows Mix(string name, PolicyRows first, PolicyRows second, double share) => new(
        name,
        first.Quality.Zip(second.Quality, (a, b) => a + (share * (b - a))).ToArray(),
        first.MeanCost + (share * (second.MeanCost - first.MeanCost)));

    /// <summary>Quality of every row on the route that it takes.</summary>
    public static double[] QualityOf(RouteTable quality, Func<int, int> route)
    {
        var rows = new double[quality.Rows];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = quality[row, route(row)];
        }

        return rows;
    }

    /// <summary>
    /// The policy beside the router. Both meet the same rows, so what is hard about these rows drops out of the difference: its interval is that of a
    /// mean over rows, and far narrower than those of the two qualities.
    /// </summary>
    /// <param name="router">Quality of every row with the router; NaN in rows without truth.</param>
    public PolicyResult Against(double[] router)
    {
        var differences = router.Zip(Quality, (a, b) => (float)(a - b)).Where(d => !float.IsNaN(d)).ToArray();
        return new PolicyResult(Name, MeanQuality, MeanCost)
        {
            Difference = differences.Length == 0 ? double.NaN : differences.Average(d => (double)d),
            DifferenceInterval = differences.Length == 0 ? ConfidenceInterval.None : Bootstrap.Mean(differences),
        };
    }
}
