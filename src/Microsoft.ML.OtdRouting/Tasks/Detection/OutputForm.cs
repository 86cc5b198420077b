namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Reads the output tensor of a detector at one resolution. Immutable and safe for concurrent use.</summary>
internal sealed class OutputForm
{
    /// <summary>Exponents of sizes beyond this are those of no box.</summary>
    public const float LargestExponent = 20;

    private readonly DetectionOutput _output;
    private readonly DetectionBoxFormat _format;
    private readonly bool _logits;
    private readonly (float X, float Y, float Stride)[] _cells;

    /// <param name="output">What the tensor holds.</param>
    /// <param name="format">What the numbers of boxes are.</param>
    /// <param name="logits">Whether scores are logits, which the logistic function makes scores of.</param>
    /// <param name="tail">Shape of the tensor behind the batch axis.</param>
    /// <param name="strides">Pixels from cell to cell of each grid, in the order of the output.</param>
    /// <param name="height">Height of the model's input, in pixels.</param>
    /// <param name="width">Width of the model's input, in pixels.</param>
    /// <exception cref="InvalidDataException">The tensor has not that form; the message says what was expected.</exception>
    public OutputForm(
        DetectionOutput output, DetectionBoxFormat format, bool logits, IReadOnlyList<long> tail, IReadOnlyList<int> strides, int height, int width)
    {
        (_output, _format, _logits) = (output, format, logits);
        var least = output switch { DetectionOutput.Detections => 6, DetectionOutput.Objectness => 6, _ => 5 };
        var shape = $"[1, {string.Join(", ", tail)}]";
        if (tail.Count != 2)
        {
            throw new InvalidDataException($"it is {shape}; {output} is {Expected(output)}");
        }

        var (length, count) = output == DetectionOutput.ClassScores ? (tail[0], tail[1]) : (tail[1], tail[0]);
        if (output == DetectionOutput.Detections ? length != 6 : length < least)
        {
            throw new InvalidDataException($"it is {shape}; {output} is {Expected(output)}");
        }

        (Length, Count) = ((int)length, (int)count);
        ClassCount = output == DetectionOutput.Detections ? null : Length - least + 1;
        _cells = HasGrid ? [.. Cells(strides, height, width)] : [];
        if (HasGrid && _cells.Length != Count)
        {
            throw new InvalidDataException(
                $"it is {shape}, {Count} predictions; the grids of strides {string.Join(", ", strides)} of {height}x{width} have {_cells.Length} cells");
        }
    }

    /// <summary>Predictions of an image.</summary>
    public int Count { get; }

    /// <summary>Numbers of a prediction.</summary>
    public int Length { get; }

    /// <summary>Number of classes; null where the tensor does not tell.</summary>
    public int? ClassCount { get; }

    public DetectionOutput Output => _output;

    public DetectionBoxFormat Format => _format;

    public bool HasLogits => _logits;

    private bool HasGrid => _format is DetectionBoxFormat.GridOffsets or DetectionBoxFormat.GridDistances;

    /// <summary>The cell of every prediction: its corner in cells, and the stride. Empty where boxes are decoded.</summary>
    public IReadOnlyList<(float X, float Y, float Stride)> GridCells => _cells;

    /// <summary>Adds what is found, in pixels of the model's input.</summary>
    /// <param name="values">The tensor of an image.</param>
    /// <param name="leastScore">Detections below this score are left out.</param>
    /// <param name="found">Takes the detections, in the order of the output.</param>
    public void Read(ReadOnlySpan<float> values, float leastScore, List<DetectedObject> found)
    {
        for (var i = 0; i < Count; i++)
        {
            var (score, type) = Score(values, i);
            // The class of a detection is a number of the model's, which may be anything.
            if (score >= leastScore && score > 0 && type >= 0)
            {
                found.Add(new DetectedObject(BoxOf(values, i), score, type));
            }
        }
    }

    /// <summary>A prediction, whatever its score: its box in pixels of the model's input, and its score.</summary>
    public (Box Box, float Score) At(ReadOnlySpan<float> values, int i) => (BoxOf(values, i), Score(values, i).Score);

    private (float Score, int Class) Score(ReadOnlySpan<float> values, int i)
    {
        if (_output == DetectionOutput.Detections)
        {
            var type = At(values, i, 5);
            return (Logistic(At(values, i, 4)), type is >= 0 and <= ushort.MaxValue ? (int)MathF.Round(type) : -1);
        }

        var first = Length - ClassCount!.Value;
        var best = first;
        for (var k = first + 1; k < Length; k++)
        {
            best = At(values, i, k) > At(values, i, best) ? k : best;
        }

        var score = Logistic(At(values, i, best));
        return (_output == DetectionOutput.Objectness ? score * Logistic(At(values, i, 4)) : score, best - first);
    }

    private Box BoxOf(ReadOnlySpan<float> values, int i)
    {
        var (a, b, c, d) = (At(values, i, 0), At(values, i, 1), At(values, i, 2), At(values, i, 3));
        if (!HasGrid)
        {
            return _format == DetectionBoxFormat.Corners ? new Box(a, b, c, d) : Box.OfCentre(a, b, c, d);
        }

        var (x, y, stride) = _cells[i];
        return _format == DetectionBoxFormat.GridOffsets
            ? Box.OfCentre((x + a) * stride, (y + b) * stride, Size(c) * stride, Size(d) * stride)
            : new Box((x + 0.5f - a) * stride, (y + 0.5f - b) * stride, (x + 0.5f + c) * stride, (y + 0.5f + d) * stride);
    }

    private float At(ReadOnlySpan<float> values, int prediction, int number) =>
        _output == DetectionOutput.ClassScores ? values[(number * Count) + prediction] : values[(prediction * Length) + number];

    private float Logistic(float value) => _logits ? 1 / (1 + MathF.Exp(-value)) : value;

    private static float Size(float logarithm) => MathF.Exp(Math.Min(logarithm, LargestExponent));

    private static IEnumerable<(float X, float Y, float Stride)> Cells(IReadOnlyList<int> strides, int height, int width) =>
        from stride in strides
        from y in Enumerable.Range(0, (height + stride - 1) / stride)
        from x in Enumerable.Range(0, (width + stride - 1) / stride)
        select ((float)x, (float)y, (float)stride);

    private static string Expected(DetectionOutput output) => output switch
    {
        DetectionOutput.Detections => $"[1, N, 6]; where boxes, scores and classes are outputs of their own, name them in {nameof(Resolution)}.{nameof(Resolution.Joined)}",
        DetectionOutput.Objectness => "[1, N, 5 + classes]",
        _ => "[1, 4 + classes, N]",
    };
}
