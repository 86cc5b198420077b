using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>
/// Small pictures of three classes, told apart by their mean colour, with enough noise that no model is always right. Milliseconds instead of
/// seconds, for tests to which real pictures add nothing.
/// </summary>
internal static class ColourPictures
{
    public const int Side = 16;

    /// <summary>The classes in the order of the models' outputs.</summary>
    public static readonly string[] ClassNames = ["red", "green", "blue"];

    /// <summary>Rows in an order in which the classes do not occur first to last.</summary>
    public static List<ColourRow> Rows(int count, int seed, int brightest = 255)
    {
        var random = new Random(seed);
        var rows = new List<ColourRow>(count);
        for (var i = 0; i < count; i++)
        {
            var label = (int)((uint)(i * 7919) % 3) switch { 0 => 2, 1 => 0, _ => 1 };
            var day = new DateTime(2020, 1, 1).AddDays(i);
            rows.Add(new ColourRow
            {
                Image = Picture(random, label, brightest),
                Label = ClassNames[label],
                Name = $"picture {i}",
                Number = i,
                IsEven = i % 2 == 0,
                Fraction = 1.0 / (i + 1),
                Day = day,
                Ragged = Enumerable.Range(0, i % 4).Select(x => (float)x).ToArray(),
                Words = [$"word {i}", day.DayOfWeek.ToString()],
                Weekday = (byte)day.DayOfWeek,
            });
        }

        return rows;
    }

    /// <summary>The same pictures as images.</summary>
    public static List<ColourImageRow> Images(IEnumerable<ColourRow> rows, MLPixelFormat format = MLPixelFormat.Bgra32) =>
        rows.Select(r => new ColourImageRow { Image = ToImage(r.Image, Side, Side, format), Label = r.Label, Name = r.Name }).ToList();

    /// <summary>An image of planar RGB.</summary>
    public static MLImage ToImage(ReadOnlySpan<float> planes, int height, int width, MLPixelFormat format = MLPixelFormat.Bgra32)
    {
        var plane = height * width;
        var pixels = new byte[4 * plane];
        var (red, blue) = format == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        for (var i = 0; i < plane; i++)
        {
            pixels[(4 * i) + red] = (byte)planes[i];
            pixels[(4 * i) + 1] = (byte)planes[plane + i];
            pixels[(4 * i) + blue] = (byte)planes[(2 * plane) + i];
            pixels[(4 * i) + 3] = 255;
        }

        return MLImage.CreateFromPixels(width, height, format, pixels);
    }

    private static float[] Picture(Random random, int label, int brightest)
    {
        var pixels = new float[3 * Side * Side];
        for (var channel = 0; channel < 3; channel++)
        {
            var mean = 100 + (channel == label ? 25 : 0) + random.Next(-20, 21);
            for (var i = 0; i < Side * Side; i++)
            {
                pixels[(channel * Side * Side) + i] = Math.Clamp(mean + random.Next(-30, 31), 0, brightest);
            }
        }

        return pixels;
    }
}
