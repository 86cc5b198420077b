using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Pictures of maps, whose colours go from a lowest value to a highest.</summary>
/// <param name="ramp">The colours.</param>
/// <param name="low">The lowest value.</param>
/// <param name="high">The highest value.</param>
internal sealed class MapPicture(ColourRamp ramp, double low, double high)
{
    /// <summary>Longer side of a picture.</summary>
    private const int MostPixels = 72;

    /// <summary>Colours of a picture: few make small files, and more are not told apart.</summary>
    private const int Steps = 48;

    /// <summary>What the colours mean.</summary>
    /// <param name="name">What is shown.</param>
    /// <param name="unit">Of a number, as people read it.</param>
    public ColourScale Scale(string name, Func<double, string> unit) => new(name, unit(low), unit(high), ramp.Colours);

    /// <summary>A number to three digits.</summary>
    public static string Plain(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>A picture of values from the 1 % quantile of all maps to the 99 % one: single pixels far off must not leave the others without colours.</summary>
    /// <param name="ramp">The colours.</param>
    /// <param name="maps">The maps; NaN where there is no value.</param>
    /// <param name="low">The lowest value; null for the quantile.</param>
    public static MapPicture Of(ColourRamp ramp, IEnumerable<float[]> maps, double? low = null)
    {
        float[] values = [.. maps.SelectMany(map => map).Where(float.IsFinite).Order()];
        double least = low ?? At(values, 0.01), most = At(values, 0.99);
        return new MapPicture(ramp, least, most > least ? most : least + 1);
    }

    /// <summary>A map as a picture: the mean of the values in each of its pixels, grey where there are none.</summary>
    /// <param name="map">The map, row after row; NaN where there is no value.</param>
    /// <param name="width">Columns of the map.</param>
    public MLImage Draw(float[] map, int width)
    {
        (float[] values, int drawnWidth) = Shrink(map, width);
        byte[] pixels = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            (byte red, byte green, byte blue) = float.IsFinite(values[i])
                ? ramp.At(Math.Round(Steps * Math.Clamp((values[i] - low) / (high - low), 0, 1)) / Steps)
                : ColourRamp.OfNone;
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (red, green, blue, 255);
        }

        return MLImage.CreateFromPixels(drawnWidth, values.Length / drawnWidth, MLPixelFormat.Rgba32, pixels);
    }

    /// <summary>A map with at most <see cref="MostPixels"/> pixels a side: means of what is known in cells of about the same size.</summary>
    public static (float[] Values, int Width) Shrink(float[] map, int width)
    {
        int height = map.Length / width;
        double scale = Math.Min(1, (double)MostPixels / Math.Max(width, height));
        int columns = Math.Max(1, (int)Math.Round(scale * width)), rows = Math.Max(1, (int)Math.Round(scale * height));
        double[] sums = new double[rows * columns];
        int[] counts = new int[sums.Length];
        for (int i = 0; i < map.Length; i++)
        {
            int cell = ((i / width * rows / height) * columns) + (i % width * columns / width);
            if (float.IsFinite(map[i]))
            {
                sums[cell] += map[i];
                counts[cell]++;
            }
        }

        return ([.. sums.Zip(counts, (sum, count) => (float)(sum / count))], columns);
    }

    private static double At(float[] sorted, double quantile) => sorted.Length == 0 ? 0 : sorted[(int)(quantile * (sorted.Length - 1))];
}
