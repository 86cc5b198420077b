using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Scoring;

/// <summary>What models see: models that give back their input.</summary>
public sealed class PreprocessingTests : IDisposable
{
    private static readonly float[] Pixels =
    [
        // Red, green and blue planes of 2 x 3 pixels.
        0, 10, 20, 30, 40, 50,
        60, 70, 80, 90, 100, 110,
        120, 130, 140, 200, 250, 255,
    ];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void By_default_pixels_stay_as_they_are() => Assert.Equal(Pixels, Seen(ImagePreprocessing.None));

    [Fact]
    public void Scale_mean_and_deviation_are_those_of_each_channel()
    {
        var seen = Seen(new ImagePreprocessing { Scale = 0.1f, Mean = [1, 2, 3], StandardDeviation = [0.5f, 1, 2] });
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(((Pixels[i] * 0.1) - 1) / 0.5, seen[i], 1e-4);
            Assert.Equal(((Pixels[6 + i] * 0.1) - 2) / 1, seen[6 + i], 1e-4);
            Assert.Equal(((Pixels[12 + i] * 0.1) - 3) / 2, seen[12 + i], 1e-4);
        }
    }

    [Fact]
    public void ImageNet_s_numbers()
    {
        var seen = Seen(ImagePreprocessing.ImageNet);
        Assert.Equal((0 - 0.485) / 0.229, seen[0], 1e-5);
        Assert.Equal(((60 / 255.0) - 0.456) / 0.224, seen[6], 1e-5);
        Assert.Equal((1 - 0.406) / 0.225, seen[17], 1e-5);
    }

    [Fact]
    public void Blue_green_red_swaps_planes_and_keeps_each_channel_s_mean()
    {
        var seen = Seen(new ImagePreprocessing { ChannelOrder = ChannelOrder.Bgr, Mean = [1, 2, 3] });
        float[] expected = [.. Pixels[12..].Select(p => p - 3), .. Pixels[6..12].Select(p => p - 2), .. Pixels[..6].Select(p => p - 1)];
        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void Interleaved_puts_the_channels_of_a_pixel_beside_each_other(ChannelOrder order)
    {
        var seen = Seen(new ImagePreprocessing { Layout = PixelLayout.Interleaved, ChannelOrder = order, Scale = 2, Mean = [1, 2, 3], StandardDeviation = [1, 2, 4] });
        for (var i = 0; i < 6; i++)
        {
            float[] rgb = [(2 * Pixels[i]) - 1, ((2 * Pixels[6 + i]) - 2) / 2, ((2 * Pixels[12 + i]) - 3) / 4];
            Assert.Equal(order == ChannelOrder.Rgb ? rgb : [.. rgb.Reverse()], seen[(3 * i)..((3 * i) + 3)]);
        }
    }

    [Fact]
    public void Smaller_resolutions_are_resized_before_they_are_normalised()
    {
        var scorer = Scorers(new ImagePreprocessing { Mean = [5, 6, 7], Layout = PixelLayout.Interleaved }, height: 1, width: 1);
        var seen = Score(scorer, 0, 3);
        var resizer = new ImageResizer(2, 3, 1, 1);
        var means = new float[3];
        resizer.Resize(Pixels, means, TargetPlane.Rgb, new float[resizer.ScratchLength]);
        Assert.Equal([means[0] - 5, means[1] - 6, means[2] - 7], seen);
    }

    [Fact]
    public void A_batch_does_not_mix_images()
    {
        using var scorers = Scorers(new ImagePreprocessing { ChannelOrder = ChannelOrder.Bgr, Scale = 0.5f });
        var window = scorers.CreateWindow(7, new ScoringClock());
        for (var slot = 0; slot < 7; slot++)
        {
            window.Pixels(slot).AsSpan().Fill(slot);
        }

        var outputs = new float[7][];
        window.Plan(scorers.Scorers.Count - 1, [6, 1, 3, 0, 5]);
        window.Score((_, slot, output) => outputs[slot] = output[0].ToArray(), (_, _, problem, _) => Assert.Fail(problem));
        foreach (var slot in new[] { 6, 1, 3, 0, 5 })
        {
            Assert.All(outputs[slot], v => Assert.Equal(slot / 2f, v));
        }
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Contains("Scale", Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessing { Scale = 0 }).Message);
        Assert.Contains("Scale", Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessing { Scale = float.NaN }).Message);
        Assert.Contains("Mean needs three", Assert.Throws<ArgumentException>(() => new ImagePreprocessing { Mean = [1, 2] }).Message);
        Assert.Contains("Mean needs three", Assert.Throws<ArgumentException>(() => new ImagePreprocessing { Mean = null! }).Message);
        Assert.Contains("StandardDeviation", Assert.Throws<ArgumentException>(() => new ImagePreprocessing { StandardDeviation = [1, 0, 1] }).Message);
        Assert.Contains(
            "StandardDeviation", Assert.Throws<ArgumentException>(() => new ImagePreprocessing { StandardDeviation = [1, float.PositiveInfinity, 1] }).Message);
    }

    private float[] Seen(ImagePreprocessing preprocessing)
    {
        using var scorers = Scorers(preprocessing);
        return Score(scorers, scorers.Scorers.Count - 1, Pixels.Length);
    }

    private static float[] Score(ScorerSet scorers, int resolution, int length)
    {
        var window = scorers.CreateWindow(3, new ScoringClock());
        Pixels.CopyTo(window.Pixels(1));
        float[] seen = [];
        window.Plan(resolution, [1]);
        window.Score((_, _, output) => seen = output[0].ToArray(), (_, _, problem, _) => Assert.Fail(problem));
        return seen[..length];
    }

    /// <summary>One model that gives its input back, at 2 x 3 or smaller, padded to 18 outputs.</summary>
    private ScorerSet Scorers(ImagePreprocessing preprocessing, int height = 2, int width = 3)
    {
        var shape = preprocessing.Layout == PixelLayout.Planar ? new long[] { -1, 3, height, width } : [-1, height, width, 3];
        var echo = new TinyGraph().Input("x", shape).Node("Flatten", ["x"], "y").Output("y").Save(_folder.Path, $"echo-{height}");
        var resolutions = new List<Resolution> { new(echo, height, width) { Preprocessing = preprocessing, Flops = 1 } };
        if (height < 2)
        {
            // Another resolution holds the size of the images, with as many outputs.
            var other = new TinyGraph().Input("x", -1, 3, 2, 3).Node("ReduceMean", ["x"], "means", ("axes", new long[] { 2, 3 }), ("keepdims", 0)).Output("means")
                .Save(_folder.Path, "means");
            resolutions.Add(new Resolution(other, 2, 3) { Flops = 2 });
        }

        return new ScorerSet(resolutions, ImageFit.CenterCrop, new ScoringOptions { BatchSize = 2 }, _ => { });
    }
}
