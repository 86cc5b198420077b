using FashionData;

namespace DetectionScenes;

/// <summary>A garment cut out of its picture: the background of Fashion-MNIST is black, and what is seen there is the ground.</summary>
public sealed class Cloth
{
    /// <summary>Grey values from here on belong to the garment.</summary>
    private const byte Least = 24;

    /// <summary>Grey values from here on hide the ground.</summary>
    private const double Opaque = 72;

    private readonly (double Alpha, double Light)[] _pixels;

    /// <param name="garment">The garment.</param>
    public Cloth(Garment garment)
    {
        _pixels = [.. garment.Grey.Select(grey => (Alpha: Math.Min(1, grey / Opaque), Light: grey / 255.0))];
        (Left, Top, Right, Bottom) = (Garment.Side, Garment.Side, 0, 0);
        for (var i = 0; i < garment.Grey.Length; i++)
        {
            if (garment.Grey[i] >= Least)
            {
                var (y, x) = Math.DivRem(i, Garment.Side);
                (Left, Top, Right, Bottom) = (Math.Min(Left, x), Math.Min(Top, y), Math.Max(Right, x + 1), Math.Max(Bottom, y + 1));
            }
        }
    }

    /// <summary>The first column of pixels that belongs to the garment.</summary>
    public int Left { get; }

    /// <summary>The first row.</summary>
    public int Top { get; }

    /// <summary>The column behind the last one.</summary>
    public int Right { get; }

    /// <summary>The row behind the last one.</summary>
    public int Bottom { get; }

    /// <summary>Whether nothing of the picture is bright enough.</summary>
    public bool IsEmpty => Right <= Left;

    /// <summary>Pixels of the garment's longer side.</summary>
    public int Length => Math.Max(Right - Left, Bottom - Top);

    /// <summary>
    /// The part of the ground that is hidden around a place, and how bright the garment is in it: bilinear, and where the garment is shrunk over as much of it as a
    /// pixel covers.
    /// </summary>
    /// <param name="x">The place, in pixels of the garment's picture.</param>
    /// <param name="y">The place, in pixels of the garment's picture.</param>
    /// <param name="reach">Pixels of the garment's picture for one that is drawn.</param>
    public (double Alpha, double Light) At(double x, double y, double reach)
    {
        var radius = Math.Max(1, reach);
        var (sum, alpha, light) = (0.0, 0.0, 0.0);
        for (var row = (int)Math.Floor(y - radius - 0.5); row <= y + radius; row++)
        {
            var down = 1 - (Math.Abs(row + 0.5 - y) / radius);
            for (var column = (int)Math.Floor(x - radius - 0.5); down > 0 && column <= x + radius; column++)
            {
                var weight = down * Math.Max(0, 1 - (Math.Abs(column + 0.5 - x) / radius));
                sum += weight;
                if (weight > 0 && row is >= 0 and < Garment.Side && column is >= 0 and < Garment.Side)
                {
                    var pixel = _pixels[(row * Garment.Side) + column];
                    alpha += weight * pixel.Alpha;
                    light += weight * pixel.Alpha * pixel.Light;
                }
            }
        }

        return alpha == 0 ? default : (alpha / sum, light / alpha);
    }
}
