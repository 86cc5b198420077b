using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Weighted means of the scaled maps of routes, and the features of the first look.</summary>
/// <param name="task">The task.</param>
/// <param name="firstLook">The resolution that looks at every image.</param>
/// <param name="routes">The routes.</param>
/// <param name="mixes">The answer of each.</param>
/// <param name="doubts">How far off each expects to be.</param>
internal sealed class DenseModel(
    BoundDenseRegression task, int firstLook, IReadOnlyList<Route> routes, IReadOnlyList<RouteMix> mixes, IReadOnlyList<MapDoubt> doubts) : TaskModel(firstLook, routes)
{
    /// <summary>The answer of each route.</summary>
    public IReadOnlyList<RouteMix> Mixes => mixes;

    /// <summary>How far off each route expects to be.</summary>
    public IReadOnlyList<MapDoubt> Doubts => doubts;

    public override int FeatureCount => task.DescribedLength(FirstLook);

    public override int ScratchLength => 0;

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features) => task.DescribedOf(FirstLook, kept).CopyTo(features);

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer)
    {
        var members = Routes[route].Resolutions;
        answer.Fill(mixes[route].Offset);
        for (var m = 0; m < members.Count; m++)
        {
            task.ResizerOf(members[m]).AddTo(task.MapOf(members[m], window.Kept(members[m], slot)), mixes[route].Factors[m], answer);
        }
    }

    public override RouteOutcomes Outcomes(Observations observations) =>
        new DenseOutcomes(task, observations).Compute(Routes, _ => mixes, CancellationToken.None) with { Confidence = MapDoubt.Confidence(observations, task, Routes, doubts) };

    public override TaskModel Select(IReadOnlyList<int> kept) =>
        new DenseModel(task, FirstLook, kept.Select(k => Routes[k]).ToList(), kept.Select(k => mixes[k]).ToList(), kept.Select(k => doubts[k]).ToList());

    public override ByteString Save() => SavedDenseModel.Of(this).ToByteString();

    public override TaskGraph CreateGraph() => new DenseGraph(task, this);
}
