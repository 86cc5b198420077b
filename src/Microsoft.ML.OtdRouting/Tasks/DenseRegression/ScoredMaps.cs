using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Measures the maps that stand in data, whatever made them, by all their pixels.</summary>
internal static class ScoredMaps
{
    /// <summary>Measures.</summary>
    /// <param name="task">Names the columns.</param>
    /// <param name="scored">The data. Rows without a prediction (NaN), and rows whose target has no value, are left out.</param>
    /// <returns>The measures, means over the images; NaN without a target column, or without rows to measure.</returns>
    public static IReadOnlyList<TaskMeasure> Measure(DenseRegressionTask task, IDataView scored)
    {
        var errors = task.TargetColumnName is { } name ? Read(task, scored, name) : [];
        double Mean(Func<PixelErrors, double> of) => errors.Count == 0 ? double.NaN : errors.Average(of);
        // The share of the variance that plain squares make depends on the fitting data, which scored data does not know.
        var quality = errors.Select(e => (float)(task.IsOfRatios ? e.Quality(task, 1) : -e.Squared)).ToArray();
        var primary = new TaskMeasure(
            task.IsOfRatios ? PixelErrors.QualityName(task) : $"minus {PixelErrors.SquaredName}",
            quality.Length == 0 ? double.NaN : quality.Average(q => (double)q),
            quality.Length == 0 ? ConfidenceInterval.None : Bootstrap.Mean(quality));
        var root = new TaskMeasure(PixelErrors.RootName, Mean(e => Math.Sqrt(e.Squared)), ConfidenceInterval.None);
        return task.IsOfRatios
            ?
            [
                primary,
                new TaskMeasure(PixelErrors.AbsoluteRelativeName, Mean(e => e.AbsoluteRelative), ConfidenceInterval.None),
                root,
                new TaskMeasure(PixelErrors.WithinName, Mean(e => e.WithinShare), ConfidenceInterval.None),
            ]
            : [primary, root];
    }

    private static List<PixelErrors> Read(DenseRegressionTask task, IDataView scored, string targetName)
    {
        var prediction = TargetMaps.Bind(scored.Schema, task.PredictionColumnName, "prediction column", null);
        var target = TargetMaps.Bind(scored.Schema, targetName, "target column", null);
        var (length, targetLength) = (((VectorDataViewType)prediction.Type).Size, ((VectorDataViewType)target.Type).Size);
        if (length != targetLength)
        {
            throw new ArgumentException($"The maps of column '{prediction.Name}' have {length} pixels, those of column '{target.Name}' {targetLength}.");
        }

        using var cursor = scored.GetRowCursor([prediction, target]);
        var getPrediction = cursor.GetGetter<VBuffer<float>>(prediction);
        var reader = new TargetMapReader(task, cursor.GetGetter<VBuffer<float>>(target), Enumerable.Range(0, length).ToArray(), (prediction.Type as VectorDataViewType)!.Dimensions[^1]);
        VBuffer<float> value = default;
        var (map, truth) = (new float[length], new float[length]);
        var errors = new List<PixelErrors>();
        while (cursor.MoveNext())
        {
            getPrediction(ref value);
            value.CopyTo(map);
            if (map.Any(float.IsNaN))
            {
                // A row that failed has no map.
                continue;
            }

            reader.Read(truth, () => $"Row {cursor.Position}");
            if (PixelErrors.Of(task, map, truth) is { Count: > 0 } own)
            {
                errors.Add(own);
            }
        }

        return errors;
    }
}
