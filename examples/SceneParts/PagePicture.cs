using Microsoft.ML.Data;

namespace SceneParts;

/// <summary>Pictures that stand in the text of a page.</summary>
public static class PagePicture
{
    /// <summary>The address of a picture that is its content.</summary>
    /// <param name="pixels">Red, green and blue of each pixel, 0 to 255, row after row.</param>
    /// <param name="width">Pixels of a row.</param>
    public static string Address(IReadOnlyList<(float Red, float Green, float Blue)> pixels, int width)
    {
        var bytes = pixels.SelectMany(p => new[] { (byte)p.Red, (byte)p.Green, (byte)p.Blue, (byte)255 }).ToArray();
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.png");
        using (var image = MLImage.CreateFromPixels(width, pixels.Count / width, MLPixelFormat.Rgba32, bytes))
        {
            image.Save(file);
        }

        var png = Convert.ToBase64String(File.ReadAllBytes(file));
        File.Delete(file);
        return $"data:image/png;base64,{png}";
    }

    /// <summary>The colours of pixels in planes of red, green and blue.</summary>
    public static IReadOnlyList<(float Red, float Green, float Blue)> Colours(float[] planes)
    {
        var plane = planes.Length / 3;
        return [.. Enumerable.Range(0, plane).Select(i => (planes[i], planes[plane + i], planes[(2 * plane) + i]))];
    }
}
