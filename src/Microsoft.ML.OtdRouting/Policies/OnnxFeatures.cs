using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>The output of the feature model, which stands behind the scorers of the resolutions in a window.</summary>
internal sealed class OnnxFeatures(int scorer, int length) : FeatureExtractor
{
    public override int Count => length;

    public override void Prepare(ScoringWindow window, ReadOnlySpan<int> slots, CancellationToken cancellationToken) =>
        window.Score(scorer, slots, cancellationToken);

    public override void Extract(ScoringWindow window, int slot, Span<float> target) => window.Output(scorer, slot).CopyTo(target);
}
