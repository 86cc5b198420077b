using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>What the policy knows of an image when it chooses a route.</summary>
internal abstract class RoutingFeatures
{
    /// <summary>Whether the cheapest resolution scores every image first; its cost is then part of every route.</summary>
    public abstract bool NeedsLowestResolution { get; }

    /// <summary>Numbers per image.</summary>
    public abstract int Count { get; }

    /// <summary>Writes the features of an image.</summary>
    /// <param name="window">Holds the image's pixels and, if asked for, the output of the cheapest resolution.</param>
    /// <param name="slot">The image.</param>
    /// <param name="target"><see cref="Count"/> numbers.</param>
    public abstract void Extract(ScoringWindow window, int slot, Span<float> target);
}
