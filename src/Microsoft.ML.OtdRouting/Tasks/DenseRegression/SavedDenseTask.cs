using Google.Protobuf;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>A bound dense regression task, as it is saved.</summary>
internal sealed partial class SavedDenseTask
{
    private const int CurrentVersion = 1;

    /// <summary>The message of a task.</summary>
    public static SavedDenseTask Of(BoundDenseRegression bound) => new()
    {
        Version = CurrentVersion,
        PredictionColumn = bound.Task.PredictionColumnName,
        TargetColumn = bound.Task.TargetColumnName ?? "",
        MissingTarget = bound.Task.MissingTarget,
        Loss = (int)bound.Task.Loss,
        ScaleInvariance = bound.Task.ScaleInvariance,
        KeptPixels = bound.Task.KeptPixels,
        Variance = bound.Variance,
    };

    /// <summary>Makes the task of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public static BoundTask Load(ByteString bytes, ScorerSet scorers)
    {
        var saved = Parser.ParseFrom(bytes);
        if (saved.Version != CurrentVersion)
        {
            throw new InvalidDataException(
                $"The saved router's dense regression task is of version {saved.Version}; this library reads version {CurrentVersion}.");
        }

        return saved.Variance > 0 && float.IsFinite(saved.Variance)
            ? new BoundDenseRegression(saved.ToTask(), DenseShape.Of(scorers), saved.Variance)
            : throw new InvalidDataException($"its variance is {saved.Variance}; expected a finite number above 0");
    }

    private DenseRegressionTask ToTask()
    {
        var task = new DenseRegressionTask
        {
            PredictionColumnName = PredictionColumn,
            TargetColumnName = TargetColumn.Length == 0 ? null : TargetColumn,
            MissingTarget = MissingTarget,
            Loss = (DenseLoss)Loss,
            ScaleInvariance = ScaleInvariance,
            KeptPixels = KeptPixels,
        };
        try
        {
            task.Validate();
            return task;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"its task cannot be: {e.Message}", e);
        }
    }
}
