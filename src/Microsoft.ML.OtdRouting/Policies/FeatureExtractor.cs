using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Computes what the policy knows of an image when it chooses a route. Safe for concurrent use on different windows.</summary>
internal abstract class FeatureExtractor
{
    /// <summary>Whether the cheapest resolution scores every image first; its cost is then part of every route.</summary>
    public virtual bool NeedsLowestResolution => false;

    /// <summary>Numbers per image.</summary>
    public abstract int Count { get; }

    /// <summary>Runs the models whose outputs <see cref="Extract"/> reads.</summary>
    public virtual void Prepare(ScoringWindow window, ReadOnlySpan<int> slots, CancellationToken cancellationToken)
    {
    }

    /// <summary>Writes the features of an image.</summary>
    /// <param name="window">Holds the image's pixels and what <see cref="Prepare"/> made.</param>
    /// <param name="slot">The image.</param>
    /// <param name="target"><see cref="Count"/> numbers.</param>
    public abstract void Extract(ScoringWindow window, int slot, Span<float> target);

    /// <summary>How fitted ensembles restate the features; null when they say nothing about them.</summary>
    public virtual FeatureCalibration? CalibrateTo(EnsembleFit ensembles) => null;
}
