using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Fits maps of queries to labels: the map of a resolution into the largest one's space, with what a query differs by from the mean multiplied,
/// <c>m + s·(A·x + b − m)</c>. What all images share draws queries to the same few images of a gallery, whatever they show; a query that has less of it
/// finds more of its label. The gallery stays as it is.
/// </summary>
/// <remarks>
/// The factor s is the one with which held-out rows find least of other labels; where that is not better than without, beyond its standard error, there
/// is no such map. The means are of the rows that a map is fitted to.
/// </remarks>
internal sealed class QueryMapFit
{
    private const int MostRows = 2_048;

    private static readonly float[] Factors = [1.25f, 1.5f, 2];

    private readonly Observations _observations;
    private readonly BoundEmbedding _task;
    private readonly int _resolution;
    private readonly double[][] _sums;
    private readonly double[] _weights;

    private QueryMapFit(Observations observations, BoundEmbedding task, int resolution)
    {
        _observations = observations;
        _task = task;
        _resolution = resolution;
        _weights = new double[observations.FoldCount];
        _sums = Enumerable.Range(0, observations.FoldCount).Select(_ => new double[task.KeptLength(resolution)]).ToArray();
        var (own, wide) = (new float[task.KeptLength(resolution)], new double[task.KeptLength(resolution)]);
        for (var row = 0; row < observations.Rows; row++)
        {
            task.Read(resolution, observations.Kept(resolution, row), own);
            TensorPrimitives.ConvertChecked<float, double>(own, wide);
            var sum = _sums[observations.Fold(row)];
            TensorPrimitives.MultiplyAdd(wide, (double)observations.Weight(row), sum, sum);
            _weights[observations.Fold(row)] += observations.Weight(row);
        }
    }

    /// <summary>The maps of all resolutions; null for those that find no better with one.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task, with its maps into the space of the largest resolution.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static FoldedMap?[] Fit(Observations observations, BoundEmbedding task, CancellationToken cancellationToken) => Enumerable
        .Range(0, observations.Resolutions)
        .Select(resolution => new QueryMapFit(observations, task, resolution).Choose(cancellationToken))
        .ToArray();

    private FoldedMap? Choose(CancellationToken cancellationToken)
    {
        var step = (_observations.Rows + MostRows - 1) / MostRows;
        var rows = Enumerable.Range(0, _observations.Rows).Where(row => row % step == 0).ToArray();
        var weight = rows.Sum(row => (double)_observations.Weight(row));
        double Mean(Func<int, double> of) => Enumerable.Range(0, rows.Length).Sum(i => _observations.Weight(rows[i]) * of(i)) / weight;
        var plain = Losses(rows, null, cancellationToken);
        var best = Factors
            .Select(Stretched)
            .Select(map => (Map: map, Losses: Losses(rows, map, cancellationToken)))
            .MinBy(s => Mean(i => s.Losses[i]));
        var gain = Mean(i => plain[i] - best.Losses[i]);
        var error = Math.Sqrt(Mean(i => Math.Pow(plain[i] - best.Losses[i] - gain, 2)) / rows.Length);
        return gain > error ? best.Map : null;
    }

    private FoldedMap Stretched(float factor)
    {
        var map = _task.MapOf(_resolution, isTuned: false);
        return new FoldedMap(
            Stretched(map?.Deployed, MeanOf(_ => true), factor),
            Enumerable.Range(0, _sums.Length).Select(fold => Stretched(map?.ByFold[fold], MeanOf(f => f != fold), factor)).ToArray());
    }

    private SpaceMap Stretched(SpaceMap? map, float[] mean, float factor)
    {
        var outputs = _task.AnswerLength;
        var matrix = map?.Matrix.ToArray() ?? new float[mean.Length * mean.Length];
        for (var i = 0; map is null && i < mean.Length; i++)
        {
            matrix[i * (mean.Length + 1)] = 1;
        }

        var mapped = new float[outputs];
        new SpaceMap(matrix, map?.Offset ?? new float[outputs]).Apply(mean, mapped);
        TensorPrimitives.Multiply(matrix, factor, matrix);
        var offset = new float[outputs];
        new SpaceMap(matrix, offset.ToArray()).Apply(mean, offset);
        TensorPrimitives.Subtract(mapped, offset, offset);
        return new SpaceMap(matrix, offset);
    }

    /// <summary>Mean embedding of the rows of some folds; zeros where they have no weight.</summary>
    private float[] MeanOf(Func<int, bool> folds)
    {
        var sum = new double[_sums[0].Length];
        var weight = 0.0;
        for (var fold = 0; fold < _sums.Length; fold++)
        {
            if (folds(fold))
            {
                TensorPrimitives.Add(sum, _sums[fold], sum);
                weight += _weights[fold];
            }
        }

        return Array.ConvertAll(sum, s => weight > 0 ? (float)(s / weight) : 0);
    }

    /// <summary>What rows lose by the resolution alone, each mapped by what has not seen it.</summary>
    private float[] Losses(int[] rows, FoldedMap? map, CancellationToken cancellationToken)
    {
        var tried = _task.WithTuned(Enumerable.Range(0, _observations.Resolutions).Select(r => r == _resolution ? map : null).ToArray());
        Route[] route = [new Route([_resolution], Enumerable.Range(0, _observations.Resolutions).Select(r => $"{r}").ToArray(), 1)];
        return new EmbeddingOutcomes(tried, _observations, isTuned: true, heldOut: true).Losses(route, [[1f]], rows, cancellationToken).Values;
    }
}
