using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// How far off a route expects to be: the logarithm of its loss, as a linear form of the logarithms of the roughness of its largest member's map and of
/// the distance of that from the next largest member's. Less of it is more confidence: what a cascade stops by, which knows no more than what it
/// has scored.
/// </summary>
/// <param name="Constant">The constant.</param>
/// <param name="OfRoughness">What the logarithm of the roughness is multiplied by.</param>
/// <param name="OfDistance">What the logarithm of the distance is multiplied by; 0 for a single resolution.</param>
internal sealed record MapDoubt(float Constant, float OfRoughness, float OfDistance)
{
    /// <summary>A trace of ridge: maps that are all as rough teach nothing.</summary>
    private const double Ridge = 1e-6;

    /// <summary>Fits the doubts of routes.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">Says what is kept of them.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="losses">What they lose on every row.</param>
    public static IReadOnlyList<MapDoubt> Fit(Observations observations, BoundDenseRegression task, IReadOnlyList<Route> routes, RouteTable losses)
    {
        var doubts = new MapDoubt[routes.Count];
        Parallel.For(0, doubts.Length, k =>
        {
            var gram = new double[9];
            var solution = new double[3];
            Span<double> design = stackalloc double[3];
            for (var row = 0; row < observations.Rows; row++)
            {
                Describe(observations, task, routes[k], row, design);
                for (var i = 0; i < 9; i++)
                {
                    gram[i] += observations.Weight(row) * design[i / 3] * design[i % 3];
                }

                for (var i = 0; i < 3; i++)
                {
                    solution[i] += observations.Weight(row) * design[i] * Math.Log(Math.Max(losses[row, k], 0) + MapSummary.Least);
                }
            }

            for (var i = 0; i < 3; i++)
            {
                gram[i * 4] += Ridge * Math.Max(gram[0], 1);
            }

            new CholeskyFactor(gram, 3).Solve(solution);
            doubts[k] = new MapDoubt((float)solution[0], (float)solution[1], (float)solution[2]);
        });
        return doubts;
    }

    /// <summary>The confidence of routes on rows.</summary>
    public static RouteTable Confidence(Observations observations, BoundDenseRegression task, IReadOnlyList<Route> routes, IReadOnlyList<MapDoubt> doubts)
    {
        var confidence = new RouteTable(observations.Rows, routes.Count);
        Parallel.For(0, observations.Rows, row =>
        {
            Span<double> design = stackalloc double[3];
            for (var k = 0; k < routes.Count; k++)
            {
                Describe(observations, task, routes[k], row, design);
                confidence[row, k] = (float)-(doubts[k].Constant + (doubts[k].OfRoughness * design[1]) + (doubts[k].OfDistance * design[2]));
            }
        });
        return confidence;
    }

    private static void Describe(Observations observations, BoundDenseRegression task, Route route, int row, Span<double> design)
    {
        var largest = route.Resolutions[^1];
        var kept = observations.Kept(largest, row);
        design[0] = 1;
        design[1] = task.SummaryOf(largest).LogRoughness(task.DescribedOf(largest, kept));
        design[2] = route.Resolutions.Count > 1
            ? LogDistance(task.PixelsOf(observations.Kept(route.Resolutions[^2], row)), task.PixelsOf(kept))
            : 0;
    }

    /// <summary>The logarithm of the mean difference between two maps, as a share of the second one's mean size.</summary>
    private static double LogDistance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var (difference, size) = (0.0, 0.0);
        for (var i = 0; i < first.Length; i++)
        {
            difference += Math.Abs((double)first[i] - second[i]);
            size += Math.Abs((double)second[i]);
        }

        return Math.Log((size > 0 ? difference / size : 1) + MapSummary.Least);
    }
}
