using Microsoft.ML.OtdRouting.Calibration;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Corrects the linear predictor of every fold by a hidden layer, trained on the rows of the other folds. One of these folds is held back: training
/// stops where the error on it is least. The correction starts from nothing, so at worst the linear predictor stays as it is.
/// </summary>
internal sealed class HiddenLayerCrossFit
{
    private const int MaxIterations = 100;
    private const int Patience = 25;
    private const double Tolerance = 1e-7;

    private readonly FeatureTable _table;
    private readonly float[] _targets;
    private readonly RoutingObjective _objective;
    private readonly int _routes;
    private readonly int _units;
    private readonly int _size;
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly float[] _design;

    private HiddenLayerCrossFit(FeatureTable table, float[] targets, RoutingObjective objective, int units)
    {
        _table = table;
        _targets = targets;
        _objective = objective;
        _routes = targets.Length / table.Rows;
        _units = units;
        _size = table.Count + 1;
        (_mean, _deviation) = table.Moments();
        _design = table.Design(_mean, _deviation);
    }

    /// <summary>The corrected predictors; the linear ones where the correction does not help on held-out rows.</summary>
    /// <param name="linear">The linear predictors.</param>
    /// <param name="table">Features, folds and weights of the rows.</param>
    /// <param name="targets">What the linear predictors were fitted to, rows × routes.</param>
    /// <param name="objective">Whether these are losses or a plan.</param>
    /// <param name="units">Units of the hidden layer; 0 for none.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static CrossFit Correct(
        CrossFit linear, FeatureTable table, float[] targets, RoutingObjective objective, int units, CancellationToken cancellationToken)
    {
        if (units == 0 || table.Rows == 0)
        {
            return linear;
        }

        var corrected = new HiddenLayerCrossFit(table, targets, objective, units).Fit(linear, cancellationToken);
        // A difference of rounding is none.
        return corrected.Error < linear.Error * (1 - 1e-6) ? corrected : linear;
    }

    private CrossFit Fit(CrossFit linear, CancellationToken cancellationToken)
    {
        var predictors = new LossPredictor[_table.FoldCount];
        // Every fold is one sequence of steps, so the result does not depend on the number of threads.
        Parallel.For(
            0,
            predictors.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            fold => predictors[fold] = Train(fold, linear.Predictors[fold], cancellationToken));
        var heldOut = new float[_targets.Length];
        for (var row = 0; row < _table.Rows; row++)
        {
            predictors[_table.Fold(row)].Predict(_table.Row(row), heldOut.AsSpan(row * _routes, _routes));
        }

        // As the linear fits count their errors: squares are not halved there.
        var all = new HiddenLayerObjective(_table, _design, _targets, heldOut, _objective, _units, 1, Enumerable.Range(0, _table.Rows).ToArray());
        var error = all.Error(new double[all.Parameters]) * all.Weight * (_objective == RoutingObjective.Loss ? 2 : 1);
        return linear with { Predictors = predictors, HeldOut = heldOut, Error = error };
    }

    private LossPredictor Train(int fold, LossPredictor linear, CancellationToken cancellationToken)
    {
        var (training, checking) = Split(fold);
        var predicted = new float[_targets.Length];
        for (var row = 0; row < _table.Rows; row++)
        {
            linear.Predict(_table.Row(row), predicted.AsSpan(row * _routes, _routes));
        }

        HiddenLayerObjective Over(double scale, int[] rows) => new(_table, _design, _targets, predicted, _objective, _units, scale, rows);
        var unscaled = Over(1, training);
        var best = unscaled.Start(seed: fold);
        // In units of what the linear predictor leaves over, weight decay means the same for any loss.
        var scale = _objective == RoutingObjective.Loss ? Math.Sqrt(2 * unscaled.Error(best)) : 1;
        if (training.Length == 0 || checking.Length == 0 || !(scale > 1e-6))
        {
            return ToPredictor(linear, best, 1);
        }

        var check = Over(scale, checking);
        var least = check.Error(best);
        var since = 0;
        double[] point = [.. best];
        LimitedMemoryBfgs.Minimise(Over(scale, training).Evaluate, point, Tolerance, MaxIterations, Stop);
        return ToPredictor(linear, best, scale);

        bool Stop(ReadOnlySpan<double> reached)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var error = check.Error(reached);
            since++;
            if (error < least)
            {
                least = error;
                since = 0;
                reached.CopyTo(best);
            }

            return since >= Patience;
        }
    }

    /// <summary>Rows to train on and rows to stop on: the next fold, or every third row where only one fold is left.</summary>
    private (int[] Training, int[] Checking) Split(int fold)
    {
        var others = Enumerable.Range(0, _table.Rows).Where(row => _table.Fold(row) != fold).ToArray();
        var next = (fold + 1) % _table.FoldCount;
        var isChecking = Array.ConvertAll(others, row => _table.FoldCount > 2 && _table.Fold(row) == next);
        if (_table.FoldCount <= 2)
        {
            isChecking = others.Select((_, i) => i % 3 == 0).ToArray();
        }

        return (others.Where((_, i) => !isChecking[i]).ToArray(), others.Where((_, i) => isChecking[i]).ToArray());
    }

    /// <summary>The layer for features as they are, not standardised; its output's intercepts join those of the linear predictor.</summary>
    private LossPredictor ToPredictor(LossPredictor linear, double[] parameters, double scale)
    {
        var count = _table.Count;
        var input = new float[_units * count];
        var bias = new float[_units];
        for (var unit = 0; unit < _units; unit++)
        {
            var row = parameters.AsSpan(unit * _size, _size);
            var intercept = row[count];
            for (var i = 0; i < count; i++)
            {
                var coefficient = row[i] / _deviation[i];
                input[(unit * count) + i] = (float)coefficient;
                intercept -= coefficient * _mean[i];
            }

            bias[unit] = (float)intercept;
        }

        var output = new float[_routes * _units];
        var offsets = linear.Bias.ToArray();
        for (var k = 0; k < _routes; k++)
        {
            var row = parameters.AsSpan((_units * _size) + (k * (_units + 1)), _units + 1);
            for (var unit = 0; unit < _units; unit++)
            {
                output[(k * _units) + unit] = (float)(scale * row[unit]);
            }

            offsets[k] += (float)(scale * row[_units]);
        }

        return new LossPredictor(linear.Weights.ToArray(), offsets, new HiddenLayer(input, bias, output));
    }
}
