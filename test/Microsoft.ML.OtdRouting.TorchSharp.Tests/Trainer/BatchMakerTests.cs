using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Training.Trainer;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>What is done to images before the network sees them.</summary>
public class BatchMakerTests
{
    private const int Height = 12;
    private const int Width = 8;
    private const int Images = 20;
    private const int Length = 3 * Height * Width;

    [Fact]
    public void Without_changes_the_largest_size_has_the_bytes_and_the_others_what_a_router_would_see()
    {
        var options = Options();
        (options.Flips, options.PadAndCrop) = (false, 0);
        var (images, maker) = Make(options);
        foreach (var epoch in new int?[] { null, 0, 3 })
        {
            var batch = Fill(options, maker, [4, 7], epoch);
            Assert.Equal(2, batch.Count);
            Assert.Equal([images.Truth(4)[0], images.Truth(7)[0]], batch.Targets[..2]);
            var resizer = new ImageResizer(Height, Width, 6, 4);
            foreach (var (image, place) in new[] { (4, 0), (7, 1) })
            {
                var pixels = images.Pixels(image).ToArray().Select(b => (float)b).ToArray();
                Assert.Equal(pixels, batch.Pixels[1].AsSpan(place * Length, Length).ToArray());
                var small = new float[3 * 6 * 4];
                resizer.Resize(pixels, small, TargetPlane.Rgb, new float[resizer.ScratchLength]);
                Assert.Equal(small, batch.Pixels[0].AsSpan(place * small.Length, small.Length).ToArray());
            }
        }
    }

    [Fact]
    public void What_is_done_to_an_image_follows_from_seed_and_epoch_and_not_from_its_batch()
    {
        var options = Options();
        options.Colors = new ColorMixing { Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };
        var (_, maker) = Make(options);
        var alone = Fill(options, maker, [5], 2).Pixels[1].AsSpan(0, Length).ToArray();
        Assert.Equal(alone, Fill(options, maker, [1, 2, 5], 2).Pixels[1].AsSpan(2 * Length, Length).ToArray());
        Assert.NotEqual(alone, Fill(options, maker, [5], 3).Pixels[1].AsSpan(0, Length).ToArray());
        options.Seed++;
        Assert.NotEqual(alone, Fill(options, maker, [5], 2).Pixels[1].AsSpan(0, Length).ToArray());
    }

    [Fact]
    public void Images_are_moved_both_ways_by_as_much_as_allowed_and_every_second_one_is_mirrored()
    {
        var options = Options();
        options.PadAndCrop = 2;
        var (images, maker) = Make(options);
        var found = new Dictionary<(int Down, int Right, bool Mirrored), int>();
        const int Epochs = 100;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            for (var image = 0; image < Images; image++)
            {
                var pixels = Fill(options, maker, [image], epoch).Pixels[1].AsSpan(0, Length).ToArray();
                var original = images.Pixels(image).ToArray();
                var change = Assert.Single(
                    from down in Enumerable.Range(-2, 5) from right in Enumerable.Range(-2, 5) from mirrored in new[] { false, true }
                    where Moved(original, down, right, mirrored).AsSpan().SequenceEqual(pixels)
                    select (down, right, mirrored));
                found[change] = found.GetValueOrDefault(change) + 1;
            }
        }

        Assert.Equal(50, found.Count);
        // 2,000 draws of 50 changes, all as likely: 40 each, with a deviation of 6.
        Assert.All(found.Values, count => Assert.InRange(count, 10, 75));
        Assert.InRange(found.Where(f => f.Key.Mirrored).Sum(f => f.Value), 900, 1100);
    }

    [Theory]
    [InlineData(0.4, 0, 0)]
    [InlineData(0, 0.4, 0)]
    [InlineData(0, 0, 0.4)]
    public void Colours_are_changed_as_each_range_says(double brightness, double contrast, double saturation)
    {
        var options = Options();
        (options.Flips, options.PadAndCrop) = (false, 0);
        options.Colors = new ColorMixing { Brightness = brightness, Contrast = contrast, Saturation = saturation };
        var (images, maker) = Make(options);
        var factors = new List<double>();
        for (var epoch = 0; epoch < 200; epoch++)
        {
            var original = images.Pixels(3).ToArray().Select(b => (double)b).ToArray();
            var pixels = Fill(options, maker, [3], epoch).Pixels[1].AsSpan(0, Length).ToArray();
            var plane = Height * Width;
            double Grey(int i) => (0.299 * original[i]) + (0.587 * original[plane + i]) + (0.114 * original[(2 * plane) + i]);
            var mean = Enumerable.Range(0, plane).Average(Grey);
            double Base(int i) => brightness > 0 ? 0 : contrast > 0 ? mean : Grey(i % plane);
            // From all pixels that were not cut off at 0 or 255, the same factor.
            var whole = Enumerable.Range(0, Length).Where(i => pixels[i] is > 0 and < 255 && Math.Abs(original[i] - Base(i)) > 5).ToList();
            var factor = whole.Average(i => (pixels[i] - Base(i)) / (original[i] - Base(i)));
            Assert.All(whole, i => Assert.Equal(Base(i) + (factor * (original[i] - Base(i))), pixels[i], 0.01));
            factors.Add(factor);
        }

        Assert.InRange(factors.Min(), 0.6, 0.65);
        Assert.InRange(factors.Max(), 1.35, 1.4);
    }

    [Fact]
    public void Making_a_batch_allocates_nothing()
    {
        // It runs beside training, which collections of memory would hold up.
        var options = Options();
        options.Colors = new ColorMixing { Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };
        var (_, maker) = Make(options);
        var batch = new TrainingBatch([.. options.Sizes], 4, 1);
        int[] images = [1, 2, 3];
        maker.Fill(batch, images, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var epoch = 0; epoch < 100; epoch++)
        {
            maker.Fill(batch, images, epoch);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    private static TrainingOptions Options() => new()
    {
        OutputFolder = "none", BatchSize = 4, HeldBackFraction = 0, Sizes = { new InputSize(6, 4), new InputSize(Height, Width) },
    };

    private static float[] Moved(byte[] original, int down, int right, bool mirrored)
    {
        var moved = new float[Length];
        for (var i = 0; i < Length; i++)
        {
            var (row, x) = Math.DivRem(i, Width);
            var (plane, y) = Math.DivRem(row, Height);
            var (fromY, fromX) = (y - down, x - right);
            if (fromY is >= 0 and < Height && fromX is >= 0 and < Width)
            {
                moved[i] = original[(((plane * Height) + fromY) * Width) + (mirrored ? Width - 1 - fromX : fromX)];
            }
        }

        return moved;
    }

    private static (TrainingImages Images, BatchMaker Maker) Make(TrainingOptions options)
    {
        var context = new MLContext(1);
        var random = new Random(1);
        var rows = context.Data.LoadFromEnumerable(Enumerable.Range(0, Images).Select(i => new Row
        {
            Image = [.. Enumerable.Range(0, Length).Select(_ => (float)random.Next(1, 256))], Label = (uint)(i % 3),
        }));
        var images = TrainingImages.Read(options, rows);
        return (images, new BatchMaker(options, images));
    }

    private static TrainingBatch Fill(TrainingOptions options, BatchMaker maker, int[] images, int? epoch)
    {
        var batch = new TrainingBatch([.. options.Sizes], 4, 1);
        maker.Fill(batch, images, epoch);
        return batch;
    }

    private sealed class Row
    {
        [VectorType(Length)]
        public float[] Image { get; set; } = [];

        [KeyType(3)]
        public uint Label { get; set; }
    }
}
