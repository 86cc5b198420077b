using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Fits the weights of the members of routes: between those with which the mean comes nearest to the largest resolution's embedding, and equal ones,
/// whichever lose least.
/// </summary>
/// <remarks>
/// A route with the largest resolution repeats it under the first weights and is worth nothing; what others have seen besides can find better
/// neighbours, which only labels can tell.
/// </remarks>
internal static class EnsembleWeights
{
    /// <summary>More rows than this change neither the weights nor the choice among them.</summary>
    private const int MostRows = 2_048;

    /// <summary>A trace of ridge, in squared cosines a row: members that say the same share their weight.</summary>
    private const double Penalty = 1e-4;

    /// <summary>Parts of the way to equal weights.</summary>
    private static readonly float[] Parts = [0, 0.1f, 0.25f, 0.5f, 1];

    /// <summary>Fits to rows, each mapped by what has not seen it.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task, with its maps.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>One weight a member; of a single resolution, one.</returns>
    public static IReadOnlyList<float[]> Fit(Observations observations, BoundEmbedding task, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var step = (observations.Rows + MostRows - 1) / MostRows;
        var rows = Enumerable.Range(0, observations.Rows).Where(row => row % step == 0).ToArray();
        var products = Products(observations, task, rows);
        var several = routes.Where(r => r.Resolutions.Count > 1).ToList();
        var candidates = several.SelectMany(r => Parts.Select(part => Between(Nearest(products, r, observations.Resolutions), part))).ToArray();
        var tried = several.SelectMany(r => Parts.Select(_ => r)).ToList();
        var losses = tried.Count == 0 ? null : new EmbeddingOutcomes(task, observations, isTuned: true, heldOut: true).Losses(tried, candidates, rows, cancellationToken);
        double Mean(int candidate) => Enumerable.Range(0, rows.Length).Sum(i => (double)observations.Weight(rows[i]) * losses![i, candidate]);
        return routes
            .Select(r => r.Resolutions.Count == 1
                ? [1f]
                : candidates[Enumerable.Range(several.IndexOf(r) * Parts.Length, Parts.Length).MinBy(Mean)])
            .ToArray();
    }

    private static float[] Between(float[] weights, float part) => weights.Select(w => w + (part * ((1f / weights.Length) - w))).ToArray();

    /// <summary>Weights, at least 0 with the sum 1, with which the mean of the members is nearest to the largest resolution's embedding.</summary>
    private static float[] Nearest(double[] products, Route route, int resolutions) => MeanWeights.Of(
        route.Resolutions, (i, j) => products[(i * (resolutions + 1)) + j], Penalty, i => products[(i * (resolutions + 1)) + resolutions]);

    /// <summary>
    /// Mean products of the mapped embeddings of all resolutions with each other and, last, with the largest one's own, on the scale of its length.
    /// </summary>
    private static double[] Products(Observations observations, BoundEmbedding task, int[] rows)
    {
        var count = observations.Resolutions;
        var vectors = Enumerable.Range(0, count + 1).Select(_ => new float[task.AnswerLength]).ToArray();
        var products = new double[count * (count + 1)];
        var total = 0.0;
        foreach (var row in rows)
        {
            for (var r = 0; r < count; r++)
            {
                task.ReadMapped(r, task.MapOf(r, isTuned: true)?.ByFold[observations.Fold(row)], observations.Kept(r, row), vectors[r]);
            }

            task.Read(count - 1, observations.Kept(count - 1, row), vectors[count]);
            var square = TensorPrimitives.SumOfSquares<float>(vectors[count]);
            if (!(square > 0))
            {
                continue;
            }

            total += observations.Weight(row);
            for (var i = 0; i < products.Length; i++)
            {
                products[i] += observations.Weight(row) * TensorPrimitives.Dot<float>(vectors[i / (count + 1)], vectors[i % (count + 1)]) / square;
            }
        }

        return total > 0 ? products.Select(p => p / total).ToArray() : products;
    }
}
