namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Detections as floats: their number, then box, score and class of each.</summary>
internal static class DetectionRow
{
    /// <summary>Floats of a detection.</summary>
    public const int DetectionLength = 6;

    /// <summary>Floats of so many detections.</summary>
    public static int Length(int most) => 1 + (most * DetectionLength);

    /// <summary>Writes detections, as many as fit.</summary>
    public static void Write(List<DetectedObject> detections, Span<float> row)
    {
        row.Clear();
        var count = Math.Min(detections.Count, (row.Length - 1) / DetectionLength);
        row[0] = count;
        for (var i = 0; i < count; i++)
        {
            var (box, score, type) = detections[i];
            var one = row.Slice(1 + (i * DetectionLength), DetectionLength);
            (one[0], one[1], one[2], one[3], one[4], one[5]) = (box.X0, box.Y0, box.X1, box.Y1, score, type);
        }
    }

    /// <summary>Number of the detections; 0 where the answer is missing.</summary>
    public static int Count(ReadOnlySpan<float> row) => float.IsNaN(row[0]) ? 0 : (int)row[0];

    /// <summary>One of the detections.</summary>
    public static DetectedObject At(ReadOnlySpan<float> row, int i)
    {
        var one = row.Slice(1 + (i * DetectionLength), DetectionLength);
        return new DetectedObject(new Box(one[0], one[1], one[2], one[3]), one[4], (int)one[5]);
    }

    /// <summary>All of the detections.</summary>
    public static List<DetectedObject> Read(ReadOnlySpan<float> row)
    {
        var detections = new List<DetectedObject>(Count(row));
        for (var i = 0; i < Count(row); i++)
        {
            detections.Add(At(row, i));
        }

        return detections;
    }
}
