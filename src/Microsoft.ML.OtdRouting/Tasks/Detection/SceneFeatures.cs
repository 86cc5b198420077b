namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// What an image looks like to a detector, from its predictions ahead of suppression: how much is found at four sizes, how surely, how much is in doubt, and how
/// small the objects are. Sizes are the square root of a box's share of the input.
/// </summary>
internal static class SceneFeatures
{
    /// <summary>Numbers of an image.</summary>
    public const int Count = 12;

    /// <summary>Scores are held from 0 and 1 by this, for their logarithms.</summary>
    public const float Margin = 1e-6f;

    /// <summary>How fast sizes cease to be small.</summary>
    public const float SizeRate = 10;

    /// <summary>Where the next larger size begins.</summary>
    public static ReadOnlySpan<float> SizeBounds => [0.1f, 0.2f, 0.4f];

    /// <summary>Describes an image.</summary>
    /// <param name="form">The form of the output.</param>
    /// <param name="values">The output.</param>
    /// <param name="area">Pixels of the model's input.</param>
    /// <param name="features"><see cref="Count"/> numbers: for each size the logarithm of one plus the sum of squared scores, then for each the largest score, then
    /// the logarithms of one plus the sum of entropies and of all squared scores, the mean size and the mean of exp(−10 · size), weighted by squared scores.</param>
    public static void Describe(OutputForm form, ReadOnlySpan<float> values, float area, Span<float> features)
    {
        features.Clear();
        double entropy = 0, total = 0, sizes = 0, small = 0;
        Span<double> sums = stackalloc double[4];
        for (var i = 0; i < form.Count; i++)
        {
            var (box, score) = form.At(values, i);
            score = Math.Clamp(score, Margin, 1 - Margin);
            var (square, size) = (score * score, MathF.Sqrt(box.Area / area));
            var bin = (size < SizeBounds[0] ? 0 : 1) + (size < SizeBounds[1] ? 0 : 1) + (size < SizeBounds[2] ? 0 : 1);
            sums[bin] += square;
            features[4 + bin] = Math.Max(features[4 + bin], score);
            entropy -= (score * Math.Log(score)) + ((1 - score) * Math.Log(1 - score));
            total += square;
            sizes += square * size;
            small += square * MathF.Exp(-SizeRate * size);
        }

        for (var bin = 0; bin < 4; bin++)
        {
            features[bin] = (float)Math.Log(1 + sums[bin]);
        }

        features[8] = (float)Math.Log(1 + entropy);
        features[9] = (float)Math.Log(1 + total);
        features[10] = (float)(sizes / (total + Margin));
        features[11] = (float)(small / (total + Margin));
    }
}
