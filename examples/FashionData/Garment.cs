using Microsoft.ML.Data;

namespace FashionData;

/// <summary>A picture of Fashion-MNIST in memory.</summary>
/// <param name="Grey">A byte a pixel, row after row; black is the background.</param>
/// <param name="Label">Name of the class.</param>
public sealed record Garment(byte[] Grey, string Label)
{
    /// <summary>Height and width of the pictures.</summary>
    public const int Side = 28;

    /// <summary>Reads pictures on disk.</summary>
    public static IReadOnlyList<Garment> Read(IReadOnlyList<FashionPicture> pictures) => [.. pictures.Select(picture =>
    {
        using var image = MLImage.CreateFromFile(picture.Path);
        var (pixels, length) = (image.Pixels.ToArray(), image.BitsPerPixel / 8);
        // Grey pictures: one colour says all.
        return new Garment([.. Enumerable.Range(0, Side * Side).Select(i => pixels[i * length])], picture.Label);
    })];
}
