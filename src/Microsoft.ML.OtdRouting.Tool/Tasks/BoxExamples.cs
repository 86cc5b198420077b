using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Examples with the boxes that were found, and those of the objects that are there.</summary>
internal static class BoxExamples
{
    /// <summary>Boxes with lower scores would hide the others; measures count them all the same.</summary>
    private const float LeastScore = 0.3f;

    /// <summary>Longer side of a picture: boxes must be told apart.</summary>
    private const int Side = 176;

    /// <summary>Boxes that a description names before it counts.</summary>
    private const int MostNamed = 8;

    /// <summary>Shows images.</summary>
    /// <param name="request">The images.</param>
    public static ExampleContents Show(ExampleRequest request)
    {
        IReadOnlyList<Thumbnail> pictures = request.Pictures(image => ThumbnailShape.Whole(image, Side));
        return new ExampleContents([.. Read(request.Answers()).Zip(pictures, (boxes, picture) => new ExampleContent(picture)
        {
            Boxes = boxes,
            Summary = $"{boxes.Count(box => !box.IsTrue)} found, {boxes.Count(box => box.IsTrue)} there",
            Description = $"Found: {Names(boxes, isTrue: false)}. There: {Names(boxes, isTrue: true)}.",
        })])
        {
            Note = string.Create(CultureInfo.InvariantCulture, $"Solid boxes, pink, were found with a score of at least {100 * LeastScore:F0}\u00a0%; dashed ones, green, are the objects that are there. Point at one to see what it is."),
        };
    }

    /// <summary>The boxes of every row: what is there, and over it what was found.</summary>
    private static IEnumerable<IReadOnlyList<ExampleBox>> Read(IDataView scored)
    {
        DataViewSchema schema = scored.Schema;
        string[] columns = ["PredictedBoundingBoxes", "PredictedLabel", "Score", nameof(BoxRow.BoundingBoxes), nameof(BoxRow.Label), nameof(BoxRow.Ignored)];
        bool hasTruth = schema.GetColumnOrNull(nameof(BoxRow.Label)) is not null;
        using DataViewRowCursor cursor = scored.GetRowCursor([.. columns.Take(hasTruth ? 6 : 3).Select(name => schema[name])]);
        ValueGetter<VBuffer<float>> Floats(string name) => cursor.GetGetter<VBuffer<float>>(schema[name]);
        ValueGetter<VBuffer<uint>> Keys(string name) => cursor.GetGetter<VBuffer<uint>>(schema[name]);
        (var getFound, var getClasses, var getScores) = (Floats(columns[0]), Keys(columns[1]), Floats(columns[2]));
        (var getTrue, var getLabels, var getIgnored) = hasTruth ? (Floats(columns[3]), Keys(columns[4]), Floats(columns[5])) : default;
        string[] classes = KeyNames(schema[columns[1]]), labels = hasTruth ? KeyNames(schema[columns[4]]) : [];
        VBuffer<float> corners = default, numbers = default;
        VBuffer<uint> keys = default;
        while (cursor.MoveNext())
        {
            List<ExampleBox> boxes = [];
            if (hasTruth)
            {
                getTrue!(ref corners);
                getLabels!(ref keys);
                getIgnored!(ref numbers);
                boxes.AddRange(True([.. corners.DenseValues()], [.. keys.DenseValues()], [.. numbers.DenseValues()], labels));
            }

            getFound(ref corners);
            getClasses(ref keys);
            getScores(ref numbers);
            boxes.AddRange(Found([.. corners.DenseValues()], [.. keys.DenseValues()], [.. numbers.DenseValues()], classes));
            yield return boxes;
        }
    }

    /// <summary>The objects of an image.</summary>
    /// <param name="corners">Four numbers of each.</param>
    /// <param name="keys">Its class, counted from 1.</param>
    /// <param name="ignored">How it counts: 0 where it is to be found.</param>
    /// <param name="names">Names of the classes.</param>
    public static IEnumerable<ExampleBox> True(float[] corners, uint[] keys, float[] ignored, string[] names) => keys.Select((key, i) =>
        Box(corners.AsSpan(4 * i, 4), ignored[i] == 0 ? names[key - 1] : $"{names[key - 1]}, which does not count", isTrue: true));

    /// <summary>The detections of an image that are sure enough to be shown; a missing score is that of an image that failed.</summary>
    /// <param name="corners">Four numbers of each.</param>
    /// <param name="keys">Its class, counted from 1.</param>
    /// <param name="scores">Its score.</param>
    /// <param name="names">Names of the classes.</param>
    public static IEnumerable<ExampleBox> Found(float[] corners, uint[] keys, float[] scores, string[] names) => Enumerable.Range(0, keys.Length)
        .Where(i => scores[i] >= LeastScore)
        .Select(i => Box(corners.AsSpan(4 * i, 4), string.Create(CultureInfo.InvariantCulture, $"{names[keys[i] - 1]} {100 * scores[i]:F0}\u00a0%"), isTrue: false));

    /// <summary>What a description says of boxes.</summary>
    public static string Names(IReadOnlyList<ExampleBox> boxes, bool isTrue)
    {
        string[] names = [.. boxes.Where(box => box.IsTrue == isTrue).Select(box => box.Text)];
        return names.Length == 0 ? "nothing"
            : names.Length <= MostNamed ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(MostNamed))} and {names.Length - MostNamed} more";
    }

    private static ExampleBox Box(ReadOnlySpan<float> corners, string text, bool isTrue)
    {
        static double Tenth(double value) => Math.Round(value, 1);
        return new ExampleBox(Tenth(corners[0]), Tenth(corners[1]), Tenth(corners[2] - corners[0]), Tenth(corners[3] - corners[1]), text, isTrue);
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
