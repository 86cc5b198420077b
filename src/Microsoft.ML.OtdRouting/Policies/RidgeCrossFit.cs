using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Fits one ridge regression of the route losses a fold, each on the rows of the other folds. The strength of the penalty is the one whose
/// held-out predictions are best; what counts is the difference between the routes of a row, since a routing decision sees no more.
/// </summary>
internal sealed class RidgeCrossFit
{
    /// <summary>Penalties tried, as multiples of the number of training rows: features are standardised.</summary>
    private static readonly double[] PenaltyGrid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

    private readonly FeatureTable _table;
    private readonly RouteTable _targets;
    private readonly int _routes;
    private readonly int _features;
    private readonly int _size;
    private readonly Standardisation _standardisation;

    private RidgeCrossFit(FeatureTable table, RouteTable targets)
    {
        _table = table;
        _targets = targets;
        _routes = targets.Routes;
        _features = table.Count;
        _size = _features + 1;
        _standardisation = table.Standardise();
    }

    /// <summary>Fits the predictors of all folds.</summary>
    /// <param name="table">Features, folds and weights of the rows.</param>
    /// <param name="targets">Losses.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static CrossFit Fit(FeatureTable table, RouteTable targets, CancellationToken cancellationToken) =>
        new RidgeCrossFit(table, targets).Fit(cancellationToken);

    private CrossFit Fit(CancellationToken cancellationToken)
    {
        var folds = _table.FoldCount;
        var moments = new FoldMoments[folds];
        // Every fold sums its own rows in their order, so the sums do not depend on the number of threads.
        Parallel.For(0, folds, new ParallelOptions { CancellationToken = cancellationToken }, f => moments[f] = Accumulate(f));
        var candidates = new CrossFit[PenaltyGrid.Length];
        Parallel.For(
            0, PenaltyGrid.Length, new ParallelOptions { CancellationToken = cancellationToken }, p => candidates[p] = Fit(moments, PenaltyGrid[p]));
        return candidates.MinBy(c => c.Error)!;
    }

    private CrossFit Fit(FoldMoments[] moments, double penalty)
    {
        var predictors = new LossPredictor[moments.Length];
        for (var fold = 0; fold < moments.Length; fold++)
        {
            predictors[fold] = Solve(moments, fold, penalty);
        }

        var heldOut = new RouteTable(_table.Rows, _routes);
        var error = 0.0;
        var difference = new float[_routes];
        for (var row = 0; row < _table.Rows; row++)
        {
            var predicted = heldOut.Row(row);
            predictors[_table.Fold(row)].Predict(_table.Row(row), predicted);
            TensorPrimitives.Subtract(predicted, _targets.Row(row), difference);
            var mean = TensorPrimitives.Sum<float>(difference) / _routes;
            error += _table.Weight(row) * (TensorPrimitives.SumOfSquares<float>(difference) - (_routes * mean * mean));
        }

        return new CrossFit(predictors, heldOut, error, penalty);
    }

    /// <summary>Sums over the rows of one fold: the products of (standardised features, 1) with themselves and with the targets.</summary>
    private FoldMoments Accumulate(int fold)
    {
        var gram = new double[_size * _size];
        var cross = new double[_routes * _size];
        var design = new double[_size];
        design[_features] = 1;
        var weighted = new double[_size];
        var weight = 0.0;
        for (var row = 0; row < _table.Rows; row++)
        {
            if (_table.Fold(row) != fold)
            {
                continue;
            }

            _standardisation.Apply(_table.Row(row), design);
            var w = _table.Weight(row);
            weight += w;
            TensorPrimitives.Multiply(design, w, weighted);
            for (var i = 0; i < _size; i++)
            {
                var target = gram.AsSpan(i * _size, i + 1);
                TensorPrimitives.MultiplyAdd(weighted.AsSpan(0, i + 1), design[i], target, target);
            }

            for (var k = 0; k < _routes; k++)
            {
                var target = cross.AsSpan(k * _size, _size);
                TensorPrimitives.MultiplyAdd(weighted, _targets[row, k], target, target);
            }
        }

        return new FoldMoments(gram, cross, weight);
    }

    /// <summary>The predictor of a fold: fitted to all other folds, or to its own where there is no other.</summary>
    private LossPredictor Solve(FoldMoments[] moments, int heldOut, double penalty)
    {
        var gram = new double[_size * _size];
        var cross = new double[_routes * _size];
        var weight = 0.0;
        for (var fold = 0; fold < moments.Length; fold++)
        {
            if (fold != heldOut)
            {
                TensorPrimitives.Add(gram, moments[fold].Gram, gram);
                TensorPrimitives.Add(cross, moments[fold].Cross, cross);
                weight += moments[fold].Weight;
            }
        }

        // The intercept is not shrunk; its tiny penalty keeps the matrix definite when a fold holds all rows.
        for (var i = 0; i < _size; i++)
        {
            gram[(i * _size) + i] += i < _features ? penalty * Math.Max(weight, 1) : 1e-9;
        }

        var factor = new CholeskyFactor(gram, _size);
        var weights = new float[_routes * _features];
        var bias = new float[_routes];
        for (var k = 0; k < _routes; k++)
        {
            var solution = cross.AsSpan(k * _size, _size);
            factor.Solve(solution);
            bias[k] = _standardisation.Undo(solution, weights.AsSpan(k * _features, _features));
        }

        return new LossPredictor(weights, bias);
    }

    private sealed record FoldMoments(double[] Gram, double[] Cross, double Weight);
}
