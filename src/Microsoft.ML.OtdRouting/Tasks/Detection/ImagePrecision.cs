namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// The average precision of one image: as <see cref="CocoPrecision"/>, but for all classes in one curve, so that what is found of a class that is not in the
/// image counts by its score, as it does among many images. From 0 to 1. An image in which nothing is to be found has one minus the highest score.
/// </summary>
internal static class ImagePrecision
{
    /// <summary>Average precision over the IoU thresholds 0.50:0.05:0.95.</summary>
    /// <param name="found">What was found, by falling score.</param>
    /// <param name="objects">What there is.</param>
    public static float Of(IReadOnlyList<DetectedObject> found, IReadOnlyList<TrueObject> objects)
    {
        var count = objects.Count(o => !o.IsIgnored);
        var byClass = ByClass(objects);
        if (count == 0)
        {
            var wrong = found.Where(d => !byClass.TryGetValue(d.Class, out var ignored) || ObjectMatch.Best(d.Box, ignored, new bool[ignored.Length], 0.5, o => o.IsIgnored) < 0);
            return 1 - wrong.Select(d => Math.Clamp(d.Score, 0, 1)).DefaultIfEmpty(0).Max();
        }

        return (float)CocoPrecision.Thresholds.Average(threshold => CocoPrecision.Curve(Match(found, byClass, threshold).ConvertAll(m => m.IsRight), count).Precision);
    }

    /// <summary>Objects of each class, those that are ignored last.</summary>
    public static Dictionary<int, TrueObject[]> ByClass(IReadOnlyList<TrueObject> objects) =>
        objects.OrderBy(o => o.IsIgnored).GroupBy(o => o.Class).ToDictionary(g => g.Key, g => g.ToArray());

    /// <summary>Scores of the detections that count, and whether they are right.</summary>
    public static List<(float Score, bool IsRight)> Match(IReadOnlyList<DetectedObject> found, Dictionary<int, TrueObject[]> byClass, double threshold)
    {
        var taken = byClass.ToDictionary(c => c.Key, c => new bool[c.Value.Length]);
        var right = new List<(float, bool)>();
        foreach (var detection in found)
        {
            var match = byClass.TryGetValue(detection.Class, out var objects)
                ? ObjectMatch.Best(detection.Box, objects, taken[detection.Class], threshold, o => o.IsIgnored)
                : -1;
            if (match >= 0)
            {
                taken[detection.Class][match] = true;
            }

            if (match < 0 || !objects![match].IsIgnored)
            {
                right.Add((detection.Score, match >= 0));
            }
        }

        return right;
    }
}
