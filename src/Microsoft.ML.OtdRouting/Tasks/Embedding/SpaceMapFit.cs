using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Fits the map of a resolution: the ridge regression of the largest resolution's embedding on this one's. Where both have the same length, what is
/// regressed is their difference, so that a strong penalty leaves embeddings as they are.
/// </summary>
/// <remarks>The penalty is the one with which held-out rows come nearest to the largest resolution's embeddings, by their cosine.</remarks>
internal sealed class SpaceMapFit
{
    /// <summary>Ridge penalties, as multiples of the mean variance of a number of the embedding.</summary>
    private static readonly double[] Penalties = [1e-4, 1e-3, 1e-2, 0.1, 1, 10];

    private readonly Observations _observations;
    private readonly BoundEmbedding _task;
    private readonly int _resolution;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly bool _isDifference;
    private readonly CrossMoments[] _folds;

    private SpaceMapFit(Observations observations, BoundEmbedding task, int resolution, CancellationToken cancellationToken)
    {
        _observations = observations;
        _task = task;
        _resolution = resolution;
        (_inputs, _outputs) = (task.KeptLength(resolution), task.AnswerLength);
        _isDifference = _inputs == _outputs;
        _folds = Enumerable.Range(0, observations.FoldCount).Select(_ => new CrossMoments(_inputs, _outputs)).ToArray();
        Parallel.For(0, _folds.Length, new ParallelOptions { CancellationToken = cancellationToken }, Accumulate);
    }

    /// <summary>The maps of all resolutions; null for the largest, and for those that are in its space already.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">Says what is kept of them.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static FoldedMap?[] Fit(Observations observations, BoundEmbedding task, CancellationToken cancellationToken)
    {
        var maps = new FoldedMap?[observations.Resolutions];
        for (var resolution = 0; resolution < maps.Length - 1; resolution++)
        {
            maps[resolution] = new SpaceMapFit(observations, task, resolution, cancellationToken).Choose(cancellationToken);
        }

        return maps;
    }

    private FoldedMap? Choose(CancellationToken cancellationToken)
    {
        var best = Penalties
            .Select(penalty => Solve(penalty, cancellationToken))
            .Select(maps => (Maps: maps, Distances: Distances(maps)))
            .MinBy(candidate => Mean(row => candidate.Distances[row]));
        if (_isDifference)
        {
            var plain = Distances(null);
            var gain = Mean(row => plain[row] - best.Distances[row]);
            var error = Math.Sqrt(Mean(row => Math.Pow(plain[row] - best.Distances[row] - gain, 2)) / _observations.Rows);
            if (!(gain > error))
            {
                return null;
            }
        }

        return new FoldedMap(Solve(CrossMoments.Sum(_folds), best.Maps.Penalty, cancellationToken), best.Maps.ByFold);
    }

    /// <summary>Weighted mean over the rows.</summary>
    private double Mean(Func<int, double> of)
    {
        double sum = 0, total = 0;
        for (var row = 0; row < _observations.Rows; row++)
        {
            sum += _observations.Weight(row) * of(row);
            total += _observations.Weight(row);
        }

        return sum / total;
    }

    private (double Penalty, SpaceMap[] ByFold) Solve(double penalty, CancellationToken cancellationToken) => (penalty, Enumerable.Range(0, _folds.Length)
        .Select(fold => Solve(CrossMoments.Sum(_folds.Where((_, f) => f != fold)), penalty, cancellationToken))
        .ToArray());

    private SpaceMap Solve(CrossMoments moments, double penalty, CancellationToken cancellationToken)
    {
        var (matrix, offset) = moments.Solve(penalty, cancellationToken);
        for (var i = 0; _isDifference && i < _inputs; i++)
        {
            matrix[(i * _inputs) + i] += 1;
        }

        return new SpaceMap(matrix, offset);
    }

    /// <summary>One minus the cosine to the largest resolution's embedding, of every row by a map that has not seen it.</summary>
    private double[] Distances((double Penalty, SpaceMap[] ByFold)? maps)
    {
        var distances = new double[_observations.Rows];
        Parallel.For(
            0,
            distances.Length,
            () => (Own: new float[_inputs], Mapped: new float[_outputs], Target: new float[_outputs]),
            (row, _, scratch) =>
            {
                _task.Read(_resolution, _observations.Kept(_resolution, row), scratch.Own);
                _task.Read(_observations.Resolutions - 1, _observations.Kept(_observations.Resolutions - 1, row), scratch.Target);
                var mapped = scratch.Own;
                if (maps is { } m)
                {
                    m.ByFold[_observations.Fold(row)].Apply(scratch.Own, mapped = scratch.Mapped);
                }

                UnitVectors.Normalise(mapped);
                UnitVectors.Normalise(scratch.Target);
                distances[row] = 1 - TensorPrimitives.Dot<float>(mapped, scratch.Target);
                return scratch;
            },
            _ => { });
        return distances;
    }

    private void Accumulate(int fold)
    {
        var (own, target) = (new float[_inputs], new float[_outputs]);
        var (x, y) = (new double[_inputs], new double[_outputs]);
        for (var row = 0; row < _observations.Rows; row++)
        {
            if (_observations.Fold(row) != fold)
            {
                continue;
            }

            _task.Read(_resolution, _observations.Kept(_resolution, row), own);
            _task.Read(_observations.Resolutions - 1, _observations.Kept(_observations.Resolutions - 1, row), target);
            if (_isDifference)
            {
                TensorPrimitives.Subtract(target, own, target);
            }

            TensorPrimitives.ConvertChecked<float, double>(own, x);
            TensorPrimitives.ConvertChecked<float, double>(target, y);
            _folds[fold].Add(x, y, _observations.Weight(row));
        }
    }
}
