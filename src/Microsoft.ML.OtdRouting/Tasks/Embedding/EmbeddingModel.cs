using System.Numerics.Tensors;
using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Weighted means of the embeddings of routes, and the features of the first look.</summary>
/// <param name="task">The task, with its maps.</param>
/// <param name="firstLook">The resolution that looks at every image.</param>
/// <param name="routes">The routes.</param>
/// <param name="weights">Weights of the members of each route.</param>
/// <param name="anchors">What the policy knows; null for routes that no policy chooses between.</param>
/// <param name="isTuned">Whether maps that are fitted to labels are used.</param>
internal sealed class EmbeddingModel(
    BoundEmbedding task, int firstLook, IReadOnlyList<Route> routes, IReadOnlyList<float[]> weights, Anchors? anchors, bool isTuned) : TaskModel(firstLook, routes)
{
    /// <summary>Weights of the members of each route.</summary>
    public IReadOnlyList<float[]> Weights => weights;

    /// <summary>What the policy knows; null where there is no policy.</summary>
    public Anchors? Anchors => anchors;

    /// <summary>Whether maps that are fitted to labels are used.</summary>
    public bool IsTuned => isTuned;

    public override int? FoldCount => anchors?.FoldCount;

    public override int FeatureCount => anchors?.FeatureCount ?? 0;

    public override int ScratchLength => task.AnswerLength;

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features) => anchors?.Describe(kept, fold, features);

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer)
    {
        var members = Routes[route].Resolutions;
        var member = scratch[..task.AnswerLength];
        answer.Clear();
        for (var m = 0; m < members.Count; m++)
        {
            task.ReadMapped(members[m], task.MapOf(members[m], isTuned)?.Deployed, window.Kept(members[m], slot), member);
            TensorPrimitives.MultiplyAdd(member, weights[route][m], answer, answer);
        }

        if (task.Task.UnitLength)
        {
            UnitVectors.Normalise(answer);
        }
    }

    public override RouteOutcomes Outcomes(Observations observations) =>
        new EmbeddingOutcomes(task, observations, isTuned, heldOut: false).Compute(Routes, weights, withPrecision: true, CancellationToken.None);

    public override TaskModel Select(IReadOnlyList<int> kept) =>
        new EmbeddingModel(task, FirstLook, kept.Select(k => Routes[k]).ToList(), kept.Select(k => weights[k]).ToList(), anchors, isTuned);

    public override ByteString Save() => SavedEmbeddingModel.Of(this).ToByteString();

    public override TaskGraph CreateGraph() => new EmbeddingGraph(task, this);
}
