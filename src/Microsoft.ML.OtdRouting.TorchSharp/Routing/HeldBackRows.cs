using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Training.Routing;

/// <summary>
/// Which images training keeps back: a part by their content, so that an image that occurs twice is not on both sides, and not by what routers take their folds or
/// the rows of a promise from, so that those find their parts among what was kept back.
/// </summary>
internal static class HeldBackRows
{
    /// <summary>One of its own; any other than those of routers would do.</summary>
    private const int Seed = -0x48425231;

    /// <summary>Whether an image is kept back.</summary>
    /// <param name="pixels">Its pixels.</param>
    /// <param name="fraction">Part of the images that are, from 0 to 1.</param>
    public static bool Contain(ReadOnlySpan<float> pixels, double fraction) => RowPlace.Of(pixels, 1).Draw(Seed) < fraction;
}
