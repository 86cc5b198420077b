using Google.Protobuf;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>A bound detection task, as it is saved.</summary>
internal sealed partial class SavedDetectionTask
{
    private const int CurrentVersion = 1;

    /// <summary>The message of a task.</summary>
    public static SavedDetectionTask Of(BoundDetection bound)
    {
        var task = bound.Task;
        return new SavedDetectionTask
        {
            Version = CurrentVersion,
            LabelColumn = task.LabelColumnName,
            BoxesColumn = task.BoundingBoxColumnName,
            IgnoredColumn = task.IgnoredColumnName ?? "",
            PredictedLabelColumn = task.PredictedLabelColumnName,
            PredictedBoxesColumn = task.PredictedBoundingBoxColumnName,
            ScoreColumn = task.ScoreColumnName,
            ClassNames = { task.ClassNames ?? [] },
            Output = (int)task.Output,
            BoxFormat = (int)task.BoxFormat,
            Logits = task.ScoresAreLogits,
            Strides = { task.Strides },
            LeastScore = task.LeastScore,
            Suppression = task.SuppressionOverlap,
            Fusion = task.FusionOverlap,
            MostDetections = task.MaxDetections,
            MostObjects = task.MaxObjects,
            LabelFree = task.LabelFree,
            Loss = (int)task.Loss,
            KeyNames = { bound.Keys.Names },
            ClassOfKey = { Enumerable.Range(0, bound.Keys.Count).Select(bound.Keys.ClassOf) },
        };
    }

    /// <summary>Makes the task of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public static BoundTask Load(ByteString bytes, ScorerSet scorers)
    {
        var saved = Parser.ParseFrom(bytes);
        if (saved.Version != CurrentVersion)
        {
            throw new InvalidDataException($"The saved router's detection task is of version {saved.Version}; this library reads version {CurrentVersion}.");
        }

        var task = saved.ToTask();
        task.Validate();
        var forms = task.Forms(scorers);
        var classes = forms[0].ClassCount ?? saved.KeyNames.Count;
        if (saved.KeyNames.Count != classes || classes < 1 || saved.KeyNames.Distinct().Count() != classes ||
            !saved.ClassOfKey.Order().SequenceEqual(Enumerable.Range(0, classes)))
        {
            throw new InvalidDataException($"it matches {saved.ClassOfKey.Count} classes with {saved.KeyNames.Count} names, but its models have {classes}");
        }

        return new BoundDetection(task, new ClassKeys([.. saved.KeyNames], [.. saved.ClassOfKey]), forms, scorers);
    }

    private DetectionTask ToTask() => new()
    {
        LabelColumnName = LabelColumn,
        BoundingBoxColumnName = BoxesColumn,
        IgnoredColumnName = IgnoredColumn.Length == 0 ? null : IgnoredColumn,
        PredictedLabelColumnName = PredictedLabelColumn,
        PredictedBoundingBoxColumnName = PredictedBoxesColumn,
        ScoreColumnName = ScoreColumn,
        ClassNames = ClassNames.Count == 0 ? null : [.. ClassNames],
        Output = (DetectionOutput)Output,
        BoxFormat = (DetectionBoxFormat)BoxFormat,
        ScoresAreLogits = Logits,
        Strides = [.. Strides],
        LeastScore = LeastScore,
        SuppressionOverlap = Suppression,
        FusionOverlap = Fusion,
        MaxDetections = MostDetections,
        MaxObjects = MostObjects,
        LabelFree = LabelFree,
        Loss = (DetectionLoss)Loss,
    };
}

/// <summary>Fitted detections of routes, as they are saved.</summary>
internal sealed partial class SavedDetectionModel
{
    /// <summary>The message of a model.</summary>
    public static SavedDetectionModel Of(DetectionModel model) =>
        new() { Slopes = { model.Scale.Slopes }, Offsets = { model.Scale.Offsets }, Weights = { model.Scale.Weights } };

    /// <summary>Makes the model of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public DetectionModel ToModel(BoundDetection task, int firstLook, IReadOnlyList<Route> routes)
    {
        var count = task.ResolutionCount;
        var fits = Slopes.Count == count && Offsets.Count == count && Weights.Count == count &&
            Slopes.All(IsPositive) && Weights.All(IsPositive) && Offsets.All(float.IsFinite);
        return fits
            ? new DetectionModel(task, firstLook, routes, new DetectionScale([.. Slopes], [.. Offsets], [.. Weights]))
            : throw new InvalidDataException($"it has {Slopes.Count} slopes, {Offsets.Count} offsets and {Weights.Count} weights for {count} resolutions, or one is out of range");
    }

    private static bool IsPositive(float value) => value > 0 && float.IsFinite(value);
}
