using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Calibrated probabilities of routes, and the features of the first look.</summary>
/// <param name="task">The task.</param>
/// <param name="firstLook">The resolution that looks at every image.</param>
/// <param name="ensemble">Predictions of the routes.</param>
/// <param name="features">What the policy knows; null for routes that no policy chooses between.</param>
internal sealed class ClassificationModel(BoundClassification task, int firstLook, Ensemble ensemble, FirstLookFeatures? features)
    : TaskModel(firstLook, ensemble.Routes)
{
    public Ensemble Ensemble => ensemble;

    /// <summary>What the policy knows of an image; null where there is no policy.</summary>
    public FirstLookFeatures? Features => features;

    public override int FeatureCount => features?.Count ?? 0;

    public override int? FoldCount => features?.Pools?.Length ?? task.AlignedFolds;

    public override int ScratchLength => (ensemble.MaxMembers + 1) * task.Classes.Count;

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> target) => features?.Describe(kept, fold, target);

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer)
    {
        var classes = task.Classes.Count;
        var members = Routes[route].Resolutions;
        var probabilities = scratch[..classes];
        var logarithms = scratch[classes..];
        for (var m = 0; m < members.Count; m++)
        {
            var member = logarithms.Slice(m * classes, classes);
            task.ReadLogits(members[m], window.Kept(members[m], slot), member);
            task.Align(members[m], ensemble.Aligned, 0, member);
            LogProbabilities.Normalise(ensemble.InverseTemperatures[members[m]], member);
        }

        ensemble.Pools[route].Combine(logarithms, probabilities);
        task.Classes.ToKeyOrder(probabilities, answer);
    }

    public override RouteOutcomes Outcomes(Observations observations)
    {
        var used = Routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray();
        var values = new LogProbabilityTable(observations, task, task.Labels(observations), ensemble.Aligned, ensemble.InverseTemperatures, used);
        return ClassificationOutcomes.Of(values, Routes, _ => ensemble, task.Task.Loss);
    }

    public override TaskModel Select(IReadOnlyList<int> routes) => new ClassificationModel(task, FirstLook, ensemble.Select(routes), features);

    public override ByteString Save() => SavedClassificationModel.Of(this).ToByteString();

    public override TaskGraph CreateGraph() => new ClassificationGraph(task, this);
}
