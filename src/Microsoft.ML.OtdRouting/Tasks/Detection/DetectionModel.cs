using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Calibrated and fused detections of routes, and the features of the first look.</summary>
/// <param name="task">The task.</param>
/// <param name="firstLook">The resolution that looks at every image.</param>
/// <param name="routes">The routes.</param>
/// <param name="scale">Calibration and weights.</param>
internal sealed class DetectionModel(BoundDetection task, int firstLook, IReadOnlyList<Route> routes, DetectionScale scale) : TaskModel(firstLook, routes)
{
    public DetectionScale Scale => scale;

    public override int FeatureCount => task.FeatureCount(FirstLook);

    public override int ScratchLength => 0;

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features) => kept[task.AnswerLength..].CopyTo(features);

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer) =>
        DetectionRow.Write(
            scale.Answer(task.Task, Routes[route], r => scale.Apply(r, task.Found(window.Kept(r, slot)))).ConvertAll(d => d with { Class = task.Keys.KeyOf(d.Class) }), answer);

    public override RouteOutcomes Outcomes(Observations observations) => DetectionOutcomes.Of(observations, task, Routes, _ => scale, withJoint: true);

    public override TaskModel Select(IReadOnlyList<int> routes) => new DetectionModel(task, FirstLook, routes.Select(k => Routes[k]).ToList(), scale);

    public override ByteString Save() => SavedDetectionModel.Of(this).ToByteString();

    public override TaskGraph CreateGraph() => new DetectionGraph(task, this);
}
