using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Images;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>All images at one size, in half precision: 6 bytes a pixel, and a sixteenth of a grey level at most from what the model sees in use.</summary>
internal sealed class ImageStore
{
    private readonly Resolution _resolution;
    private readonly ImageResizer _resizer;
    private readonly List<Half[]> _images = [];
    private readonly float[] _pixels;
    private readonly float[] _scratch;
    private readonly ModelInput _input;

    /// <param name="resolution">The size, and how pixels enter the model.</param>
    /// <param name="sourceHeight">Height of the images that are added.</param>
    /// <param name="sourceWidth">Width of the images that are added.</param>
    public ImageStore(Resolution resolution, int sourceHeight, int sourceWidth)
    {
        _resolution = resolution;
        _resizer = new ImageResizer(sourceHeight, sourceWidth, resolution.Height, resolution.Width);
        _pixels = new float[3 * resolution.Height * resolution.Width];
        _scratch = new float[_resizer.ScratchLength];
        _input = new ModelInput(new ImageResizer(resolution.Height, resolution.Width, resolution.Height, resolution.Width), resolution.Preprocessing);
    }

    /// <summary>Adds the next image.</summary>
    /// <param name="pixels">Planar RGB, 0..255, at the size that images are added in.</param>
    public void Add(ReadOnlySpan<float> pixels)
    {
        _resizer.Resize(pixels, _pixels, TargetPlane.Rgb, _scratch);
        var image = new Half[_pixels.Length];
        TensorPrimitives.ConvertToHalf(_pixels, image);
        _images.Add(image);
    }

    /// <summary>Planar RGB of an image; the same memory in every call.</summary>
    public ReadOnlySpan<float> Pixels(int image)
    {
        TensorPrimitives.ConvertToSingle(_images[image], _pixels);
        return _pixels;
    }

    /// <summary>The model's input for some images: [images, 3, height, width], or with the channels last where the model has them so.</summary>
    /// <param name="images">Which images.</param>
    /// <param name="mirrored">Which of them are mirrored, left for right; null for none.</param>
    public Tensor Of(IReadOnlyList<int> images, IReadOnlyList<bool>? mirrored = null)
    {
        var (height, width) = (_resolution.Height, _resolution.Width);
        var values = new float[images.Count * _pixels.Length];
        for (var i = 0; i < images.Count; i++)
        {
            Pixels(images[i]);
            if (mirrored is not null && mirrored[i])
            {
                for (var row = 0; row < 3 * height; row++)
                {
                    _pixels.AsSpan(row * width, width).Reverse();
                }
            }

            _input.Write(_pixels, values.AsSpan(i * _pixels.Length, _pixels.Length));
        }

        return _resolution.Preprocessing.Layout == PixelLayout.Planar
            ? tensor(values, [images.Count, 3, height, width])
            : tensor(values, [images.Count, height, width, 3]);
    }
}
