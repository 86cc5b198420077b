using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>What a model says about one image of a batch, until the batch is run again.</summary>
internal readonly ref struct ImageOutput(ScorerBatch batch, int place, ImageFrame frame)
{
    /// <summary>How the image lies in the pixels of the largest resolution.</summary>
    public ImageFrame Frame => frame;

    /// <summary>A tensor, in the order of <see cref="ResolutionScorer.Outputs"/>.</summary>
    public ReadOnlySpan<float> this[int tensor] => batch.Output(tensor, place);
}
