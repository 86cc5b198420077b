using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// Fits the weights of the members of routes: between those with which the mean has the least squared error, and equal ones, whichever lose least.
/// </summary>
internal static class MixWeights
{
    /// <summary>More rows than this change neither the weights nor the choice among them.</summary>
    private const int MostRows = 2_048;

    /// <summary>A trace of ridge, as a share of the members' mean squared error: members that say the same share their weight.</summary>
    private const double Ridge = 1e-4;

    /// <summary>Parts of the way to equal weights.</summary>
    private static readonly float[] Parts = [0, 0.25f, 0.5f, 0.75f, 1];

    /// <summary>Fits to rows, each scaled by what has not seen it.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task, with its scales.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>Weights of the members of each route, at least 0 with the sum 1.</returns>
    public static IReadOnlyList<float[]> Fit(Observations observations, BoundDenseRegression task, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        if (routes.All(r => r.Resolutions.Count == 1))
        {
            return routes.Select(_ => new[] { 1f }).ToArray();
        }

        var step = (observations.Rows + MostRows - 1) / MostRows;
        var rows = Enumerable.Range(0, observations.Rows).Where(row => row % step == 0).ToArray();
        var products = Products(observations, task, rows);
        var fitted = new float[routes.Count][];
        Parallel.For(0, routes.Count, new ParallelOptions { CancellationToken = cancellationToken }, k =>
            fitted[k] = routes[k].Resolutions.Count == 1 ? [1f] : Choose(observations, task, routes[k], rows, Least(products, routes[k], observations.Resolutions)));
        return fitted;
    }

    private static float[] Choose(Observations observations, BoundDenseRegression task, Route route, int[] rows, float[] least)
    {
        var values = new float[task.Points];
        return Parts
            .Select(part => least.Select(w => w + (part * ((1f / least.Length) - w))).ToArray())
            .MinBy(weights =>
            {
                var byFold = Enumerable.Range(0, observations.FoldCount)
                    .Select(fold => RouteMix.Of([route], [weights], resolution => task.Scales[resolution].ByFold[fold])[0])
                    .ToArray();
                var sum = 0.0;
                foreach (var row in rows)
                {
                    byFold[observations.Fold(row)].Combine(observations, task, route, row, values);
                    var errors = PixelErrors.Of(task.Task, values, task.ReferenceOf(observations, row));
                    sum += errors.Count > 0 ? observations.Weight(row) * errors.Loss(task.Task, task.Variance) : 0;
                }

                return sum;
            })!;
    }

    /// <summary>Weights, at least 0 with the sum 1, of the least mean squared error.</summary>
    private static float[] Least(double[] products, Route route, int resolutions) => MeanWeights.Of(
        route.Resolutions,
        (i, j) => products[(i * resolutions) + j],
        (Ridge * route.Resolutions.Average(m => products[(m * resolutions) + m])) + 1e-12,
        _ => 1);

    /// <summary>Mean products of the errors of all pairs of resolutions; of relative errors where ratios count.</summary>
    private static double[] Products(Observations observations, BoundDenseRegression task, int[] rows)
    {
        var count = observations.Resolutions;
        var errors = Enumerable.Range(0, count).Select(_ => new float[task.Points]).ToArray();
        var products = new double[count * count];
        var total = 0.0;
        foreach (var row in rows)
        {
            var reference = task.ReferenceOf(observations, row);
            var pixels = 0;
            foreach (var t in reference)
            {
                pixels += IsValue(task, t) ? 1 : 0;
            }

            if (pixels == 0)
            {
                continue;
            }

            for (var r = 0; r < count; r++)
            {
                ScaleFit.Apply(task.Scales[r].ByFold[observations.Fold(row)], task.PixelsOf(observations.Kept(r, row)), errors[r]);
                for (var i = 0; i < reference.Length; i++)
                {
                    var t = reference[i];
                    errors[r][i] = IsValue(task, t) ? (errors[r][i] - t) / (task.Task.IsOfRatios ? t : MathF.Sqrt(task.Variance)) : 0;
                }
            }

            var weight = observations.Weight(row) / (double)pixels;
            total += observations.Weight(row);
            for (var i = 0; i < products.Length; i++)
            {
                products[i] += weight * TensorPrimitives.Dot<float>(errors[i / count], errors[i % count]);
            }
        }

        return total > 0 ? products.Select(p => p / total).ToArray() : products;
    }

    private static bool IsValue(BoundDenseRegression task, float reference) => task.Task.IsOfRatios ? reference > 0 : !float.IsNaN(reference);
}
