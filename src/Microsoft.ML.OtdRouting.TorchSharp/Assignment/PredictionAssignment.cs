using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Training.Assignment;

/// <summary>Which predictions of an image are to be which of its objects. Safe for concurrent use.</summary>
internal abstract class PredictionAssignment
{
    /// <summary>An object of nobody.</summary>
    public const int Background = -1;

    /// <summary>Predictions that are judged neither as an object nor as the background.</summary>
    public const int Ignored = -2;

    /// <summary>Assigns.</summary>
    /// <param name="predictions">What the network says as it is.</param>
    /// <param name="objects">What there is, in the same pixels; all of them counted, each with an area.</param>
    /// <param name="owners">Takes the object of every prediction, <see cref="Background"/> or <see cref="Ignored"/>.</param>
    public abstract void Assign(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, Span<int> owners);
}
