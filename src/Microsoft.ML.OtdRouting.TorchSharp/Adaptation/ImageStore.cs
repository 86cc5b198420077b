using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>All images at the largest size, in half precision: 6 bytes a pixel, and a sixteenth of a grey level at most from what the model sees in use.</summary>
/// <param name="height">Height of the images.</param>
/// <param name="width">Width of the images.</param>
internal sealed class ImageStore(int height, int width)
{
    private readonly List<Half[]> _images = [];

    public int Height => height;

    public int Width => width;

    /// <summary>Adds the next image: planar RGB, 0..255.</summary>
    public void Add(ReadOnlySpan<float> pixels)
    {
        var image = new Half[pixels.Length];
        TensorPrimitives.ConvertToHalf(pixels, image);
        _images.Add(image);
    }

    /// <summary>Copies a view of an image.</summary>
    /// <param name="image">Which image.</param>
    /// <param name="view">Which part of it.</param>
    /// <param name="target">Planar RGB, 0..255, of the view's size; more than that is left alone.</param>
    public void Read(int image, ImageView view, Span<float> target)
    {
        var plane = height * width;
        for (var row = 0; row < 3 * view.Height; row++)
        {
            var start = (row / view.Height * plane) + ((view.Top + (row % view.Height)) * width) + view.Left;
            TensorPrimitives.ConvertToSingle(_images[image].AsSpan(start, view.Width), target[(row * view.Width)..]);
        }
    }
}
