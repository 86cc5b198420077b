using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Quality.Ablations;

/// <summary>
/// Fits one multinomial logistic regression of a transport plan a fold, each on the rows of the other folds, by cross-entropy. Its "predicted
/// loss" is <c>−ln π̂</c> up to a constant of the row, which no choice between routes and no transport sees; so it stays linear.
/// </summary>
internal sealed class PlanCrossFit
{
    /// <summary>Penalties tried, from strong to weak, as multiples of the number of training rows.</summary>
    private static readonly double[] PenaltyGrid = [0.1, 0.01, 0.001, 0.0001];

    private const int MaxIterations = 100;
    private const double Tolerance = 1e-6;

    private readonly FeatureTable _table;
    private readonly RouteTable _targets;
    private readonly int _routes;
    private readonly int _size;
    private readonly Standardisation _standardisation;
    private readonly float[] _design;

    private PlanCrossFit(FeatureTable table, RouteTable targets)
    {
        _table = table;
        _targets = targets;
        _routes = targets.Routes;
        _size = table.Count + 1;
        _standardisation = table.Standardise();
        _design = new float[table.Rows * _size];
        for (var row = 0; row < table.Rows; row++)
        {
            var target = _design.AsSpan(row * _size, _size);
            _standardisation.Apply(table.Row(row), target);
            target[^1] = 1;
        }
    }

    /// <summary>Fits the predictors of all folds.</summary>
    /// <param name="table">Features, folds and weights of the rows.</param>
    /// <param name="targets">A distribution over the routes for every row.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static CrossFit Fit(FeatureTable table, RouteTable targets, CancellationToken cancellationToken) =>
        new PlanCrossFit(table, targets).Fit(cancellationToken);

    private CrossFit Fit(CancellationToken cancellationToken)
    {
        // Every fold is one chain of warm starts, so the result does not depend on the number of threads.
        var paths = new double[_table.FoldCount][][];
        Parallel.For(0, paths.Length, new ParallelOptions { CancellationToken = cancellationToken }, fold => paths[fold] = Path(fold, cancellationToken));
        CrossFit? best = null;
        for (var p = 0; p < PenaltyGrid.Length; p++)
        {
            var candidate = Assemble(paths.Select(path => path[p]).ToArray(), PenaltyGrid[p]);
            best = best is null || candidate.Error < best.Error ? candidate : best;
        }

        return best!;
    }

    private double[][] Path(int heldOut, CancellationToken cancellationToken)
    {
        var rows = Enumerable.Range(0, _table.Rows).Where(row => _table.Fold(row) != heldOut).ToArray();
        var parameters = new double[_routes * _size];
        var path = new double[PenaltyGrid.Length][];
        for (var p = 0; p < path.Length; p++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var likelihood = new Likelihood(this, rows, PenaltyGrid[p]);
            if (rows.Length > 0)
            {
                LimitedMemoryBfgs.Minimise(likelihood.Evaluate, parameters, Tolerance, MaxIterations);
            }

            path[p] = [.. parameters];
        }

        return path;
    }

    private CrossFit Assemble(double[][] parameters, double penalty)
    {
        var predictors = parameters.Select(ToPredictor).ToArray();
        var heldOut = new RouteTable(_table.Rows, _routes);
        var error = 0.0;
        for (var row = 0; row < _table.Rows; row++)
        {
            var predicted = heldOut.Row(row);
            predictors[_table.Fold(row)].Predict(_table.Row(row), predicted);
            error += _table.Weight(row) * CrossEntropy(predicted, _targets.Row(row));
        }

        return new CrossFit(predictors, heldOut, error, penalty);
    }

    /// <summary><c>Σ t_k (s_k + ln Σ exp(−s))</c>, s being minus the scores.</summary>
    internal static double CrossEntropy(ReadOnlySpan<float> negatedScores, ReadOnlySpan<float> target)
    {
        double least = TensorPrimitives.Min(negatedScores);
        var sum = 0.0;
        foreach (var s in negatedScores)
        {
            sum += Math.Exp(least - s);
        }

        return TensorPrimitives.Dot(negatedScores, target) - (TensorPrimitives.Sum(target) * (least - Math.Log(sum)));
    }

    private LossPredictor ToPredictor(double[] parameters)
    {
        var count = _size - 1;
        var weights = new float[_routes * count];
        var bias = new float[_routes];
        for (var k = 0; k < _routes; k++)
        {
            // Predicted losses are minus the scores.
            var own = weights.AsSpan(k * count, count);
            bias[k] = -_standardisation.Undo(parameters.AsSpan(k * _size, _size), own);
            TensorPrimitives.Negate(own, own);
        }

        return new LossPredictor(weights, bias);
    }

    /// <summary>The penalised mean cross-entropy of some rows. Sums run over the rows in their order.</summary>
    private sealed class Likelihood
    {
        private readonly PlanCrossFit _fit;
        private readonly int[] _rows;
        private readonly double _penalty;
        private readonly double _weight;
        private readonly float[] _parameters;
        private readonly float[] _gradient;
        private readonly float[] _scores;

        public Likelihood(PlanCrossFit fit, int[] rows, double penalty)
        {
            _fit = fit;
            _rows = rows;
            _penalty = penalty;
            _weight = Math.Max(rows.Sum(fit._table.Weight), 1e-30);
            _parameters = new float[fit._routes * fit._size];
            _gradient = new float[_parameters.Length];
            _scores = new float[fit._routes];
        }

        public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
        {
            const int Block = 256;
            var (size, routes) = (_fit._size, _fit._routes);
            TensorPrimitives.ConvertTruncating(point, _parameters);
            gradient.Clear();
            var sum = 0.0;
            for (var start = 0; start < _rows.Length; start += Block)
            {
                // Sums over a block are in single, sums over blocks in double precision.
                Array.Clear(_gradient);
                for (var i = start; i < Math.Min(start + Block, _rows.Length); i++)
                {
                    sum += AddRow(_rows[i], size, routes);
                }

                for (var i = 0; i < _gradient.Length; i++)
                {
                    gradient[i] += _gradient[i];
                }
            }

            TensorPrimitives.Divide(gradient, _weight, gradient);
            var value = sum / _weight;
            for (var k = 0; k < routes; k++)
            {
                // The intercepts are not shrunk, but for a trace that keeps them from drifting together.
                var weights = point.Slice(k * size, size - 1);
                var target = gradient.Slice(k * size, size - 1);
                TensorPrimitives.MultiplyAdd(weights, 2 * _penalty, target, target);
                var intercept = point[(k * size) + size - 1];
                gradient[(k * size) + size - 1] += 2e-6 * intercept;
                value += (_penalty * TensorPrimitives.SumOfSquares(weights)) + (1e-6 * intercept * intercept);
            }

            return value;
        }

        private double AddRow(int row, int size, int routes)
        {
            var design = _fit._design.AsSpan(row * size, size);
            var target = _fit._targets.Row(row);
            var weight = (float)_fit._table.Weight(row);
            for (var k = 0; k < routes; k++)
            {
                _scores[k] = -TensorPrimitives.Dot(design, _parameters.AsSpan(k * size, size));
            }

            var loss = weight * CrossEntropy(_scores, target);
            TensorPrimitives.Negate(_scores, _scores);
            SoftMax.Apply(_scores);
            for (var k = 0; k < routes; k++)
            {
                var slope = _gradient.AsSpan(k * size, size);
                TensorPrimitives.MultiplyAdd(design, weight * (_scores[k] - target[k]), slope, slope);
            }

            return loss;
        }
    }
}
