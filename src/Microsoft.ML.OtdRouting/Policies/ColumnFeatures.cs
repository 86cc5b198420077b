using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>The vector of a column, which the reader of the rows has put into the window.</summary>
internal sealed class ColumnFeatures(int length) : FeatureExtractor
{
    public override int Count => length;

    public override void Extract(ScoringWindow window, int slot, Span<float> target) => window.Vector(slot).CopyTo(target);
}
