using Microsoft.ML.OtdRouting.Images;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Views of images at one size.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class ViewReader
{
    private readonly ImageStore _store;
    private readonly Resolution _resolution;
    private readonly Dictionary<int, ImageResizer> _resizers = [];
    private readonly float[] _view;
    private readonly float[] _pixels;
    private readonly float[] _scratch;

    /// <param name="store">The images.</param>
    /// <param name="resolution">The size, and how pixels enter the model.</param>
    public ViewReader(ImageStore store, Resolution resolution)
    {
        _store = store;
        _resolution = resolution;
        _view = new float[3 * store.Height * store.Width];
        _pixels = new float[3 * resolution.Height * resolution.Width];
        _scratch = new float[Resizer(ImageView.Whole(store.Height, store.Width)).ScratchLength];
    }

    /// <summary>Planar RGB of a view, 0..255; the same memory in every call.</summary>
    public Span<float> Pixels(int image, ImageView view)
    {
        var length = 3 * view.Height * view.Width;
        _store.Read(image, view, _view);
        var resizer = Resizer(view);
        resizer.Resize(_view.AsSpan(0, length), _pixels, resizer.ScratchLength <= _scratch.Length ? _scratch : new float[resizer.ScratchLength]);
        return _pixels;
    }

    /// <summary>The model's input for some views: [images, 3, height, width], or with the channels last where the model has them so.</summary>
    /// <param name="images">Which images.</param>
    /// <param name="views">Which part of each; null for the whole images.</param>
    /// <param name="mirrored">Which of them are mirrored, left for right; null for none.</param>
    public Tensor Of(IReadOnlyList<int> images, IReadOnlyList<ImageView>? views = null, IReadOnlyList<bool>? mirrored = null)
    {
        var (height, width) = (_resolution.Height, _resolution.Width);
        var values = new float[images.Count * _pixels.Length];
        for (var i = 0; i < images.Count; i++)
        {
            Pixels(images[i], views?[i] ?? ImageView.Whole(_store.Height, _store.Width));
            if (mirrored is not null && mirrored[i])
            {
                for (var row = 0; row < 3 * height; row++)
                {
                    _pixels.AsSpan(row * width, width).Reverse();
                }
            }

            _resolution.Preprocessing.Apply(_pixels, values.AsSpan(i * _pixels.Length, _pixels.Length));
        }

        return _resolution.Preprocessing.Layout == PixelLayout.Planar
            ? tensor(values, [images.Count, 3, height, width])
            : tensor(values, [images.Count, height, width, 3]);
    }

    private ImageResizer Resizer(ImageView view)
    {
        // Views keep the proportions, so the height tells the width.
        if (!_resizers.TryGetValue(view.Height, out var resizer))
        {
            _resizers.Add(view.Height, resizer = new ImageResizer(view.Height, view.Width, _resolution.Height, _resolution.Width));
        }

        return resizer;
    }
}
