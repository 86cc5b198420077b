using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>The forms of detectors' outputs: the same boxes come out of each.</summary>
public class OutputFormTests
{
    private static readonly DetectedObject[] Truth =
    [
        new(new Box(4, 8, 20, 16), 0.75f, 1),
        new(new Box(2, 2, 6, 4), 0.5f, 0),
    ];

    /// <summary>Two strides of 8x16: a grid of 1x2 cells of 8 pixels, and one of 1x1 of 16.</summary>
    private static readonly (float X, float Y, float Stride)[] Cells = [(0, 0, 8), (1, 0, 8), (0, 0, 16)];

    [Theory]
    [InlineData(DetectionOutput.Detections)]
    [InlineData(DetectionOutput.Objectness)]
    [InlineData(DetectionOutput.ClassScores)]
    public void Every_form_and_format_is_read(DetectionOutput output)
    {
        foreach (var format in Enum.GetValues<DetectionBoxFormat>())
        {
            foreach (var logits in new[] { false, true })
            {
                var length = output switch { DetectionOutput.Detections => 6, DetectionOutput.Objectness => 7, _ => 6 };
                var rows = Truth.Append(new DetectedObject(new Box(0, 0, 1, 1), 0.001f, 0)).Select((d, i) => Row(d, i, output, format, logits)).ToArray();
                var values = output == DetectionOutput.ClassScores
                    ? Enumerable.Range(0, length).SelectMany(k => rows.Select(r => r[k])).ToArray()
                    : rows.SelectMany(r => r).ToArray();
                long[] tail = output == DetectionOutput.ClassScores ? [length, 3] : [3, length];
                var form = new OutputForm(output, format, logits, tail, [8, 16], 8, 16);
                Assert.Equal(output == DetectionOutput.Detections ? null : 2, form.ClassCount);
                var found = new List<DetectedObject>();
                form.Read(values, 0.05f, found);
                Assert.Equal(Truth.Select(d => d.Class), found.Select(d => d.Class));
                Assert.All(Truth.Zip(found), pair =>
                {
                    Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5f);
                    Assert.Equal(pair.First.Box.X0, pair.Second.Box.X0, 1e-4f);
                    Assert.Equal(pair.First.Box.Y0, pair.Second.Box.Y0, 1e-4f);
                    Assert.Equal(pair.First.Box.X1, pair.Second.Box.X1, 1e-4f);
                    Assert.Equal(pair.First.Box.Y1, pair.Second.Box.Y1, 1e-4f);
                });
            }
        }
    }

    [Theory]
    [InlineData(DetectionOutput.Detections, new long[] { 3, 7 })]
    [InlineData(DetectionOutput.Objectness, new long[] { 3, 5 })]
    [InlineData(DetectionOutput.ClassScores, new long[] { 4, 3 })]
    [InlineData(DetectionOutput.ClassScores, new long[] { 6, 1, 3 })]
    public void A_tensor_of_another_form_is_refused(DetectionOutput output, long[] tail)
    {
        var error = Assert.Throws<InvalidDataException>(() => new OutputForm(output, DetectionBoxFormat.Corners, false, tail, [8], 8, 16));
        Assert.Contains($"[1, {string.Join(", ", tail)}]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grids_that_do_not_fit_are_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => new OutputForm(DetectionOutput.Objectness, DetectionBoxFormat.GridOffsets, false, [4, 7], [8, 16], 8, 16));
        Assert.Contains("have 3 cells", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_no_class_and_sizes_of_no_box_do_no_harm()
    {
        var found = new List<DetectedObject>();
        var detections = new OutputForm(DetectionOutput.Detections, DetectionBoxFormat.Corners, false, [2, 6], [8], 8, 16);
        detections.Read([0, 0, 1, 1, 0.9f, -1, 0, 0, 1, 1, 0.9f, 1e30f], 0, found);
        Assert.Empty(found);
        var offsets = new OutputForm(DetectionOutput.Objectness, DetectionBoxFormat.GridOffsets, false, [2, 6], [8], 8, 16);
        offsets.Read([0, 0, 1e30f, -1e30f, 1, 1, 0, 0, 0, 0, 0, 1], 0, found);
        var one = Assert.Single(found);
        Assert.True(float.IsFinite(one.Box.X1) && one.Box.Area == 0);
    }

    private static float[] Row(DetectedObject one, int cell, DetectionOutput output, DetectionBoxFormat format, bool logits)
    {
        float Said(double score) => (float)(logits ? Math.Log(score / (1 - score)) : score);
        var (box, (x, y, stride)) = (one.Box, Cells[cell]);
        float[] numbers = format switch
        {
            DetectionBoxFormat.Corners => [box.X0, box.Y0, box.X1, box.Y1],
            DetectionBoxFormat.CentreSize => [box.CentreX, box.CentreY, box.Width, box.Height],
            DetectionBoxFormat.GridOffsets =>
                [(box.CentreX / stride) - x, (box.CentreY / stride) - y, MathF.Log(box.Width / stride), MathF.Log(box.Height / stride)],
            _ => [x + 0.5f - (box.X0 / stride), y + 0.5f - (box.Y0 / stride), (box.X1 / stride) - x - 0.5f, (box.Y1 / stride) - y - 0.5f],
        };
        var other = Said(0.0001);
        return output switch
        {
            DetectionOutput.Detections => [.. numbers, Said(one.Score), one.Class],
            // Objectness 0.8 times a class of the rest.
            DetectionOutput.Objectness => [.. numbers, Said(0.8), one.Class == 0 ? Said(one.Score / 0.8) : other, one.Class == 1 ? Said(one.Score / 0.8) : other],
            _ => [.. numbers, one.Class == 0 ? Said(one.Score) : other, one.Class == 1 ? Said(one.Score) : other],
        };
    }
}
