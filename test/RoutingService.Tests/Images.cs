using Microsoft.ML.Data;

namespace RoutingService.Tests;

/// <summary>Image files in memory.</summary>
internal static class Images
{
    /// <summary>A picture of one colour.</summary>
    public static byte[] Make(SavedRouter saved, int width, int height, string extension = ".png")
    {
        var pixels = Enumerable.Repeat((byte)200, 4 * width * height).ToArray();
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, pixels);
        var file = saved.InFolder($"{Guid.NewGuid():N}{extension}");
        image.Save(file);
        return File.ReadAllBytes(file);
    }
}
