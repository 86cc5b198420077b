using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Reads the kept pixels of a row's true map; NaN stands for a pixel without a value.</summary>
/// <param name="task">Says what marks such pixels.</param>
/// <param name="getter">Reads the map.</param>
/// <param name="points">The kept pixels.</param>
/// <param name="width">Columns of the map.</param>
internal sealed class TargetMapReader(DenseRegressionTask task, ValueGetter<VBuffer<float>> getter, int[] points, int width) : TargetReader
{
    private VBuffer<float> _map;
    private float[] _values = [];

    public override void Read(Span<float> target, Func<string> describeRow)
    {
        getter(ref _map);
        if (_values.Length != _map.Length)
        {
            _values = new float[_map.Length];
        }

        _map.CopyTo(_values);
        for (var i = 0; i < _values.Length; i++)
        {
            _values[i] = ValueOf(task, _values[i])
                ?? throw new InvalidOperationException(
                    $"{describeRow()}: target column '{task.TargetColumnName}' has {_values[i]} at pixel ({i / width}, {i % width}); expected " +
                    $"{(task.IsOfRatios ? $"a finite number above 0, as {nameof(task.Loss)} {task.Loss} divides by it" : "a finite number")}, or {task.MissingTarget} or NaN for a pixel without a value.");
        }

        for (var i = 0; i < points.Length; i++)
        {
            target[i] = _values[points[i]];
        }
    }

    /// <summary>A value of a true map: NaN for none, null for what cannot be.</summary>
    public static float? ValueOf(DenseRegressionTask task, float value) =>
        float.IsNaN(value) || value == task.MissingTarget ? float.NaN
        : float.IsFinite(value) && (value > 0 || !task.IsOfRatios) ? value
        : null;
}
