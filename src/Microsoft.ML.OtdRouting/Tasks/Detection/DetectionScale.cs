namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// What makes the scores of resolutions comparable, and says how much they count when their boxes are fused: the logistic function of
/// <c>slope · logit(score) + offset</c> is the chance that a detection is right.
/// </summary>
/// <param name="Slopes">Slope of every resolution, above 0.</param>
/// <param name="Offsets">Offset of every resolution.</param>
/// <param name="Weights">Weight of every resolution, above 0.</param>
internal sealed record DetectionScale(float[] Slopes, float[] Offsets, float[] Weights)
{
    private const float Margin = 1e-4f;

    /// <summary>Scores as they are, and equal weights.</summary>
    public static DetectionScale None(int resolutions) => new(Filled(resolutions, 1), new float[resolutions], Filled(resolutions, 1));

    /// <summary>The logit of a score.</summary>
    public static float Logit(float score)
    {
        var bounded = Math.Clamp(score, Margin, 1 - Margin);
        return MathF.Log(bounded / (1 - bounded));
    }

    /// <summary>Calibrates the scores of what a resolution has found.</summary>
    public List<DetectedObject> Apply(int resolution, List<DetectedObject> found)
    {
        var (slope, offset) = (Slopes[resolution], Offsets[resolution]);
        return slope == 1 && offset == 0 ? found : found.ConvertAll(d => d with { Score = 1 / (1 + MathF.Exp(-((slope * Logit(d.Score)) + offset))) });
    }

    /// <summary>The answer of a route: what its only resolution has found, or the fused boxes of several.</summary>
    /// <param name="task">The task.</param>
    /// <param name="route">The route.</param>
    /// <param name="foundBy">What a resolution has found, calibrated.</param>
    public List<DetectedObject> Answer(DetectionTask task, Route route, Func<int, List<DetectedObject>> foundBy)
    {
        if (route.Resolutions.Count == 1)
        {
            return foundBy(route.Resolutions[0]);
        }

        // Beside one another: those of a route may be far below that of a better resolution.
        var most = route.Resolutions.Max(r => Weights[r]);
        return BoxFusion.Fuse(route.Resolutions.Select(foundBy).ToList(), route.Resolutions.Select(r => Weights[r] / most).ToList(), task.FusionOverlap, task.MaxDetections);
    }

    private static float[] Filled(int count, float value) => [.. Enumerable.Repeat(value, count)];
}
