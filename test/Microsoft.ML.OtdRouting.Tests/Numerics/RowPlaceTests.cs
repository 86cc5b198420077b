using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class RowPlaceTests
{
    [Fact]
    public void Equal_images_share_a_fold_whatever_the_memory_they_lie_in()
    {
        var pixels = Noise(new Random(1), 3 * 17 * 5);
        var shifted = new float[pixels.Length + 3];
        pixels.CopyTo(shifted, 3);
        for (var folds = 2; folds <= 20; folds++)
        {
            Assert.Equal(RowPlace.Of(pixels, folds).Fold, RowPlace.Of(shifted.AsSpan(3), folds).Fold);
            Assert.InRange(RowPlace.Of(pixels, folds).Fold, 0, folds - 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(588)]
    [InlineData(1001)]
    public void Folds_are_those_of_the_plain_formula(int length)
    {
        var random = new Random(length);
        var pixels = Enumerable.Range(0, length).Select(_ => (float)(random.NextDouble() * 300) - 20).ToArray();
        var sum = pixels.Sum(p => (long)p);
        for (var folds = 2; folds <= 20; folds++)
        {
            var remainder = ((sum % 65521) + 65521) % 65521;
            Assert.Equal(remainder * 40503 % 65521 * folds / 65521, RowPlace.Of(pixels, folds).Fold);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(20)]
    public void Folds_of_colour_pictures_are_even(int folds) =>
        AssertEven(folds, random => Noise(random, 3 * 28 * 28));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(20)]
    public void Folds_of_grey_pictures_are_even(int folds) =>
        AssertEven(folds, random =>
        {
            var plane = Noise(random, 28 * 28);
            return [.. plane, .. plane, .. plane];
        });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(17)]
    public void Folds_of_black_and_white_pictures_are_even(int folds) =>
        AssertEven(folds, random =>
        {
            var threshold = random.Next(20, 80);
            var plane = Enumerable.Range(0, 28 * 28).Select(_ => random.Next(100) < threshold ? 0f : 255).ToArray();
            return [.. plane, .. plane, .. plane];
        });

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void Folds_of_enlarged_pictures_are_even(int folds) =>
        AssertEven(folds, random =>
        {
            var small = Noise(random, 3 * 14 * 14);
            return Enumerable.Range(0, 3 * 28 * 28).Select(i => small[(i / 784 * 196) + (i % 784 / 56 * 14) + (i % 28 / 2)]).ToArray();
        });

    [Fact]
    public void Folds_of_real_pictures_are_even()
    {
        var counts = new int[5];
        foreach (var picture in FashionPictures.Fitting(400))
        {
            using var image = MLImage.CreateFromFile(picture.Path);
            var pixels = new float[3 * 28 * 28];
            new PixelReader(28, 28, ImageFit.CenterCrop).Read(image, pixels);
            counts[RowPlace.Of(pixels, 5).Fold]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 50, 110));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public void Positions_are_even_and_independent_of_folds(int folds)
    {
        const int rows = 6000;
        const int bins = 8;
        var random = new Random(folds);
        var counts = new int[folds * bins];
        for (var row = 0; row < rows; row++)
        {
            var place = RowPlace.Of(Noise(random, 3 * 16 * 16), folds);
            Assert.InRange(place.Position, 0, (int)RowPlace.Modulus - 1);
            counts[(place.Fold * bins) + (int)(place.Position * bins / RowPlace.Modulus)]++;
        }

        AssertEven(rows, counts);
    }

    [Fact]
    public void Places_are_those_of_the_plain_formula()
    {
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            // Brighter than pictures are, and darker: remainders of negative sums count.
            var pixels = Enumerable.Range(0, random.Next(1, 60)).Select(_ => (float)random.Next(-2000, 100_000)).ToArray();
            var folds = random.Next(2, 21);
            var place = (((pixels.Sum(p => (long)p) % 65521) + 65521) % 65521 * 40503) % 65521 * folds;
            Assert.Equal(new RowPlace((int)(place / 65521), (int)(place % 65521)), RowPlace.Of(pixels, folds));
        }
    }

    private static void AssertEven(int folds, Func<Random, float[]> picture)
    {
        const int rows = 2000;
        var random = new Random(folds);
        var counts = new int[folds];
        for (var row = 0; row < rows; row++)
        {
            counts[RowPlace.Of(picture(random), folds).Fold]++;
        }

        AssertEven(rows, counts);
    }

    /// <summary>Pearson's statistic of n cells: mean n − 1, deviation √(2 (n − 1)).</summary>
    private static void AssertEven(int rows, int[] counts)
    {
        var expected = (double)rows / counts.Length;
        var statistic = counts.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.InRange(statistic, 0, counts.Length - 1 + (5 * Math.Sqrt(2 * (counts.Length - 1))));
    }

    /// <summary>Pixels with a mean of their own, so that sums differ from picture to picture.</summary>
    private static float[] Noise(Random random, int count)
    {
        var mean = random.Next(40, 200);
        return Enumerable.Range(0, count).Select(_ => (float)(mean + random.Next(-40, 41))).ToArray();
    }
}
