using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Measures detections that stand in columns.</summary>
internal static class ScoredDetections
{
    /// <summary>The measures: the mean image AP, then those of COCO over all images.</summary>
    /// <param name="scored">The data.</param>
    /// <param name="task">Names of the columns.</param>
    public static IReadOnlyList<TaskMeasure> Measure(IDataView scored, DetectionTask task)
    {
        var (precision, ofImages) = (new CocoPrecision(), new List<float>());
        if (scored.Schema.GetColumnOrNull(task.LabelColumnName) is { } label)
        {
            Read(scored, task, label, (found, objects) =>
            {
                precision.Add(found, objects);
                ofImages.Add(ImagePrecision.Of(found, objects));
            });
        }

        return
        [
            new TaskMeasure(
                BoundDetection.ImageAP,
                ofImages.Count == 0 ? double.NaN : ofImages.Average(v => (double)v),
                ofImages.Count == 0 ? ConfidenceInterval.None : Bootstrap.Mean([.. ofImages])),
            .. precision.Measures(),
        ];
    }

    private static void Read(IDataView scored, DetectionTask task, DataViewSchema.Column label, Action<List<DetectedObject>, List<TrueObject>> take)
    {
        DataViewSchema.Column Require(string name) => scored.Schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no column '{name}'; the columns are {string.Join(", ", scored.Schema.Select(c => c.Name))}.");
        var (boxes, predicted, score) = (Require(task.PredictedBoundingBoxColumnName), Require(task.PredictedLabelColumnName), Require(task.ScoreColumnName));
        // Labels may have been made keys again, in another order than those of the fit; keys that the router does not know are classes of their own.
        var known = ClassKeys.KeysOf(predicted);
        var match = ClassKeys.Match(known, label);
        using var cursor = scored.GetRowCursor([.. ObjectReader.Columns(task, scored.Schema), boxes, predicted, score]);
        var reader = new ObjectReader(task, key => key < match.Length && match[key] >= 0 ? match[key] : known.Count + key, cursor);
        var (getBoxes, getLabels, getScores) =
            (cursor.GetGetter<VBuffer<float>>(boxes), cursor.GetGetter<VBuffer<uint>>(predicted), cursor.GetGetter<VBuffer<float>>(score));
        var target = new float[1 + (task.MaxObjects * ObjectReader.ObjectLength)];
        VBuffer<float> corners = default, scores = default;
        VBuffer<uint> labels = default;
        while (cursor.MoveNext())
        {
            getBoxes(ref corners);
            getLabels(ref labels);
            getScores(ref scores);
            if (scores.Length > 0 && float.IsNaN(scores.GetItemOrDefault(0)))
            {
                // A row that failed has no answer.
                continue;
            }

            reader.Read(target, () => $"Row {cursor.Position}");
            var (at, keys) = (corners.DenseValues().ToArray(), labels.DenseValues().ToArray());
            var found = scores.DenseValues().Select((s, i) =>
                new DetectedObject(new Box(at[4 * i], at[(4 * i) + 1], at[(4 * i) + 2], at[(4 * i) + 3]), s, (int)keys[i] - 1)).ToList();
            take(found, ObjectReader.Objects(target)!);
        }
    }
}
