using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Mean error of a corrected linear predictor on some rows, with weight decay, and its gradient. Of losses, the squared differences between the
/// routes of a row count, in units of the scale and halved; of a plan, the cross-entropy. Parameters: units × (features, 1), then routes ×
/// (units, 1). Sums run over the rows in their order.
/// </summary>
internal sealed class HiddenLayerObjective
{
    /// <summary>Strong: where features are many, weak decay lets the layer learn the noise before the signal.</summary>
    private const double Decay = 0.02;

    private readonly FeatureTable _table;
    private readonly float[] _design;
    private readonly float[] _targets;
    private readonly float[] _linear;
    private readonly bool _isPlan;
    private readonly int _units;
    private readonly float _scale;
    private readonly int[] _rows;
    private readonly int _size;
    private readonly int _routes;
    private readonly int _inputs;
    private readonly float[] _parameters;
    private readonly float[] _gradient;
    private readonly float[] _active;
    private readonly float[] _activeSlopes;
    private readonly float[] _predicted;
    private readonly float[] _slopes;

    /// <param name="table">Weights of the rows.</param>
    /// <param name="design">Standardised features and a one, for every row of the table.</param>
    /// <param name="targets">Losses or a plan, rows × routes.</param>
    /// <param name="linear">What the linear predictor says, rows × routes.</param>
    /// <param name="objective">What the targets are.</param>
    /// <param name="units">Units of the hidden layer.</param>
    /// <param name="scale">Factor of the correction.</param>
    /// <param name="rows">The rows that count.</param>
    public HiddenLayerObjective(
        FeatureTable table, float[] design, float[] targets, float[] linear, RoutingObjective objective, int units, double scale, int[] rows)
    {
        _table = table;
        _design = design;
        _targets = targets;
        _linear = linear;
        _isPlan = objective == RoutingObjective.Plan;
        _units = units;
        _scale = (float)scale;
        _rows = rows;
        _size = table.Count + 1;
        _routes = targets.Length / table.Rows;
        _inputs = units * _size;
        Weight = Math.Max(rows.Sum(table.Weight), 1e-30);
        _parameters = new float[_inputs + (_routes * (units + 1))];
        _gradient = new float[_parameters.Length];
        _active = new float[units + 1];
        _activeSlopes = new float[units + 1];
        _predicted = new float[_routes];
        _slopes = new float[_routes];
    }

    public int Parameters => _parameters.Length;

    /// <summary>Weight of all rows that count.</summary>
    public double Weight { get; }

    /// <summary>Where training starts: units that see something, routes that do not listen to them yet.</summary>
    public double[] Start(int seed)
    {
        var random = new Random(seed);
        var start = new double[Parameters];
        var width = Math.Sqrt(3.0 / _size);
        for (var i = 0; i < _inputs; i++)
        {
            start[i] = width * ((2 * random.NextDouble()) - 1);
        }

        return start;
    }

    /// <summary>Mean error without weight decay.</summary>
    public double Error(ReadOnlySpan<double> point)
    {
        TensorPrimitives.ConvertTruncating(point, _parameters);
        var sum = 0.0;
        foreach (var row in _rows)
        {
            sum += _table.Weight(row) * Forward(row);
        }

        return sum / Weight;
    }

    /// <summary>Mean error with weight decay; its gradient goes into the second span.</summary>
    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
    {
        const int Block = 256;
        TensorPrimitives.ConvertTruncating(point, _parameters);
        gradient.Clear();
        var sum = 0.0;
        for (var start = 0; start < _rows.Length; start += Block)
        {
            // Sums over a block are in single, sums over blocks in double precision.
            Array.Clear(_gradient);
            for (var i = start; i < Math.Min(start + Block, _rows.Length); i++)
            {
                sum += _table.Weight(_rows[i]) * Forward(_rows[i]);
                Backward(_rows[i]);
            }

            for (var i = 0; i < _gradient.Length; i++)
            {
                gradient[i] += _gradient[i];
            }
        }

        TensorPrimitives.Divide(gradient, Weight, gradient);
        TensorPrimitives.MultiplyAdd(point, Decay, gradient, gradient);
        return (sum / Weight) + (0.5 * Decay * TensorPrimitives.SumOfSquares(point));
    }

    /// <summary>Error of a row; leaves its slopes by the correction behind.</summary>
    private double Forward(int row)
    {
        var design = _design.AsSpan(row * _size, _size);
        for (var unit = 0; unit < _units; unit++)
        {
            _active[unit] = MathF.Max(0, TensorPrimitives.Dot(design, _parameters.AsSpan(unit * _size, _size)));
        }

        _active[_units] = 1;
        for (var k = 0; k < _routes; k++)
        {
            _predicted[k] = _linear[(row * _routes) + k] + (_scale * TensorPrimitives.Dot(_active, Output(_parameters, k)));
        }

        var target = _targets.AsSpan(row * _routes, _routes);
        if (_isPlan)
        {
            var error = PlanCrossFit.CrossEntropy(_predicted, target);
            TensorPrimitives.Subtract(TensorPrimitives.Min<float>(_predicted), _predicted, _slopes);
            TensorPrimitives.SoftMax(_slopes, _slopes);
            TensorPrimitives.Subtract(target, _slopes, _slopes);
            TensorPrimitives.Multiply(_slopes, _scale, _slopes);
            return error;
        }

        TensorPrimitives.Subtract(_predicted, target, _slopes);
        TensorPrimitives.Subtract(_slopes, TensorPrimitives.Sum<float>(_slopes) / _routes, _slopes);
        TensorPrimitives.Divide(_slopes, _scale, _slopes);
        return 0.5 * TensorPrimitives.SumOfSquares<float>(_slopes);
    }

    /// <summary>Adds the gradient of the row that went forward last.</summary>
    private void Backward(int row)
    {
        var weight = (float)_table.Weight(row);
        Array.Clear(_activeSlopes);
        for (var k = 0; k < _routes; k++)
        {
            var output = Output(_gradient, k);
            TensorPrimitives.MultiplyAdd(_active, weight * _slopes[k], output, output);
            TensorPrimitives.MultiplyAdd(Output(_parameters, k), weight * _slopes[k], _activeSlopes, _activeSlopes);
        }

        var design = _design.AsSpan(row * _size, _size);
        for (var unit = 0; unit < _units; unit++)
        {
            if (_active[unit] > 0)
            {
                var input = _gradient.AsSpan(unit * _size, _size);
                TensorPrimitives.MultiplyAdd(design, _activeSlopes[unit], input, input);
            }
        }
    }

    private Span<float> Output(float[] parameters, int route) => parameters.AsSpan(_inputs + (route * (_units + 1)), _units + 1);
}
