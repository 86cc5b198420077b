namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// Average precision by the protocol of COCO (Lin et al. 2014, "Microsoft COCO: Common objects in context"; cocodataset.org, detection evaluation): for every
/// class and IoU threshold 0.50:0.05:0.95, detections of all images are taken by falling score, the first hundred of a class in an image, and each is matched
/// with the free object of largest IoU at or above the threshold. Precision is made monotone, sampled at 101 recalls and averaged. Objects that are ignored, or
/// whose area is outside a range, are neither missed nor wrong, and neither are detections matched with them, or unmatched with an area outside.
/// </summary>
internal sealed class CocoPrecision
{
    /// <summary>Detections of a class in an image that count.</summary>
    public const int MostDetections = 100;

    private const int RecallPoints = 101;

    /// <summary>IoU thresholds.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = Enumerable.Range(10, 10).Select(i => i / 20.0).ToArray();

    private readonly List<(List<DetectedObject> Found, List<TrueObject> Objects)> _images = [];

    /// <summary>Adds an image.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="objects">What there is.</param>
    public void Add(IReadOnlyList<DetectedObject> found, IReadOnlyList<TrueObject> objects) => _images.Add(([.. found], [.. objects]));

    /// <summary>Measures what was added, for objects of some areas.</summary>
    /// <param name="area">The areas, in square pixels of the source images.</param>
    public PrecisionMeasure Measure(AreaRange area)
    {
        var classes = ByClass();
        var (precision, recall) = (new List<double>[Thresholds.Count], new List<double>());
        for (var t = 0; t < Thresholds.Count; t++)
        {
            precision[t] = [];
            foreach (var images in classes)
            {
                if (Curve(images, Thresholds[t], area) is { } curve)
                {
                    precision[t].Add(curve.Precision);
                    recall.Add(curve.Recall);
                }
            }
        }

        return new PrecisionMeasure(
            MeanOf(precision.SelectMany(p => p)), MeanOf(precision[0]), MeanOf(precision[5]), MeanOf(recall));
    }

    /// <summary>All measures, by the names that COCO gives them.</summary>
    public IReadOnlyList<TaskMeasure> Measures()
    {
        TaskMeasure Plain(string name, double value) => new(name, value, ConfidenceInterval.None);
        var all = Measure(AreaRange.All);
        return
        [
            Plain("AP", all.Precision),
            Plain("AP50", all.AtHalf),
            Plain("AP75", all.AtThreeQuarters),
            Plain("AP small", Measure(AreaRange.Small).Precision),
            Plain("AP medium", Measure(AreaRange.Medium).Precision),
            Plain("AP large", Measure(AreaRange.Large).Precision),
            Plain("recall", all.Recall),
        ];
    }

    /// <summary>For each class that has objects, in their order, the images with anything of it: what was found by falling score, and what there is.</summary>
    private List<(DetectedObject[] Found, TrueObject[] Objects)>[] ByClass()
    {
        var classes = new SortedDictionary<int, List<(DetectedObject[], TrueObject[])>>();
        foreach (var type in _images.SelectMany(i => i.Objects).Select(o => o.Class).Distinct())
        {
            classes[type] = [];
        }

        foreach (var (found, objects) in _images)
        {
            var (foundOf, objectsOf) = (found.ToLookup(d => d.Class), objects.ToLookup(o => o.Class));
            foreach (var type in foundOf.Select(g => g.Key).Union(objectsOf.Select(g => g.Key)))
            {
                if (classes.TryGetValue(type, out var images))
                {
                    images.Add((foundOf[type].OrderByDescending(d => d.Score).Take(MostDetections).ToArray(), objectsOf[type].ToArray()));
                }
            }
        }

        return [.. classes.Values];
    }

    /// <summary>Average precision and recall of a class; null where no object of it counts.</summary>
    private static (double Precision, double Recall)? Curve(List<(DetectedObject[] Found, TrueObject[] Objects)> images, double threshold, AreaRange area)
    {
        var matches = new List<(float Score, bool IsRight)>();
        var objects = 0;
        foreach (var (found, truth) in images)
        {
            objects += Match(found, truth, threshold, area, matches);
        }

        if (objects == 0)
        {
            return null;
        }

        // A stable order, so that equal scores stay in the order of the images.
        var sorted = matches.OrderByDescending(m => m.Score).ToList();
        return Curve(sorted.ConvertAll(m => m.IsRight), objects);
    }

    /// <summary>Average precision and recall of detections in the order of falling score.</summary>
    /// <param name="right">Whether each is right.</param>
    /// <param name="objects">Objects to be found, at least 1.</param>
    public static (double Precision, double Recall) Curve(IReadOnlyList<bool> right, int objects)
    {
        var (recalls, precisions) = (new double[right.Count], new double[right.Count]);
        var hits = 0;
        for (var i = 0; i < right.Count; i++)
        {
            hits += right[i] ? 1 : 0;
            (recalls[i], precisions[i]) = ((double)hits / objects, (double)hits / (i + 1));
        }

        for (var i = right.Count - 1; i > 0; i--)
        {
            precisions[i - 1] = Math.Max(precisions[i - 1], precisions[i]);
        }

        var (sum, place) = (0.0, 0);
        for (var r = 0; r < RecallPoints; r++)
        {
            while (place < recalls.Length && recalls[place] < r / (RecallPoints - 1.0))
            {
                place++;
            }

            sum += place < recalls.Length ? precisions[place] : 0;
        }

        return (sum / RecallPoints, (double)hits / objects);
    }

    /// <summary>Matches the detections of a class in an image; those that count are added to the matches. Returns the number of objects that count.</summary>
    private static int Match(
        DetectedObject[] found, TrueObject[] truth, double threshold, AreaRange area, List<(float Score, bool IsRight)> matches)
    {
        // Objects that count come first: one that is ignored is taken where no other will do.
        var objects = truth.OrderBy(o => IsIgnored(o, area)).ToList();
        var taken = new bool[objects.Count];
        foreach (var detection in found)
        {
            var match = ObjectMatch.Best(detection.Box, objects, taken, threshold, o => IsIgnored(o, area));
            if (match >= 0)
            {
                taken[match] = true;
                if (!IsIgnored(objects[match], area))
                {
                    matches.Add((detection.Score, true));
                }
            }
            else if (area.Contains(detection.Box.Area))
            {
                matches.Add((detection.Score, false));
            }
        }

        return objects.Count(o => !IsIgnored(o, area));
    }

    private static bool IsIgnored(in TrueObject one, AreaRange area) => one.IsIgnored || !area.Contains(one.Box.Area);

    private static double MeanOf(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}

/// <summary>Areas from <paramref name="Least"/> to <paramref name="Most"/>, in square pixels.</summary>
internal readonly record struct AreaRange(float Least, float Most)
{
    public static AreaRange All { get; } = new(0, 1e10f);

    public static AreaRange Small { get; } = new(0, 32 * 32);

    public static AreaRange Medium { get; } = new(32 * 32, 96 * 96);

    public static AreaRange Large { get; } = new(96 * 96, 1e10f);

    public bool Contains(float area) => area >= Least && area <= Most;
}

/// <summary>How good detections are; NaN where no object counts.</summary>
/// <param name="Precision">AP: mean over classes and IoU thresholds 0.50:0.05:0.95.</param>
/// <param name="AtHalf">AP50: at the threshold 0.50 alone.</param>
/// <param name="AtThreeQuarters">AP75: at the threshold 0.75 alone.</param>
/// <param name="Recall">AR: mean over classes and thresholds of the share of the objects that is found.</param>
internal readonly record struct PrecisionMeasure(double Precision, double AtHalf, double AtThreeQuarters, double Recall);
