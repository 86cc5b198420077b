using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>
/// Makes batches: every image is moved, mirrored and coloured at the largest size, then resized to the others as the router resizes, so all sizes see the same picture.
/// Not safe for concurrent use.
/// </summary>
internal sealed class BatchMaker
{
    private static readonly float[] _grey = [0.299f, 0.587f, 0.114f];

    private readonly TrainingOptions _options;
    private readonly TrainingImages _images;
    private readonly ImageResizer[] _resizers;
    private readonly float[] _picture;
    private readonly float[] _scratch;
    private readonly int _height;
    private readonly int _width;

    public BatchMaker(TrainingOptions options, TrainingImages images)
    {
        _options = options;
        _images = images;
        (_height, _width) = (options.Largest.Height, options.Largest.Width);
        _resizers = [.. options.Sizes.Select(s => new ImageResizer(_height, _width, s.Height, s.Width))];
        _picture = new float[3 * _height * _width];
        _scratch = new float[_resizers.Max(r => r.ScratchLength)];
    }

    /// <summary>Fills a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="images">Which images.</param>
    /// <param name="epoch">The epoch, of which the changes of each image follow; null for images as they are.</param>
    public void Fill(TrainingBatch batch, ReadOnlySpan<int> images, int? epoch)
    {
        batch.Count = images.Length;
        for (var i = 0; i < images.Length; i++)
        {
            var pixels = _images.Pixels(images[i]);
            var placement = default(ImagePlacement);
            if (epoch is { } e)
            {
                placement = Change(pixels, new ImageRandom(_options.Seed, e, images[i]));
            }
            else
            {
                Place(pixels, placement);
            }

            var target = _images.Objective.TargetLength;
            _images.Objective.Place(_images.Truth(images[i]), placement, batch.Targets.AsSpan(i * target, target));

            for (var size = 0; size < _resizers.Length; size++)
            {
                var length = 3 * _resizers[size].TargetHeight * _resizers[size].TargetWidth;
                _resizers[size].Resize(_picture, batch.Pixels[size].AsSpan(i * length, length), TargetPlane.Rgb, _scratch);
            }
        }
    }

    private ImagePlacement Change(ReadOnlySpan<byte> pixels, ImageRandom random)
    {
        var moves = (2 * _options.PadAndCrop) + 1;
        var (down, right) = (random.Next(moves) - _options.PadAndCrop, random.Next(moves) - _options.PadAndCrop);
        var placement = new ImagePlacement(down, right, random.Next(2) == 0 && _options.Flips);
        Place(pixels, placement);
        if (!_options.Colors.ChangesNothing)
        {
            Mix(random.Around1(_options.Colors.Brightness), random.Around1(_options.Colors.Contrast), random.Around1(_options.Colors.Saturation));
        }

        return placement;
    }

    /// <summary>Brings an image to the picture, moved; what comes in is black.</summary>
    private void Place(ReadOnlySpan<byte> pixels, ImagePlacement placement)
    {
        for (var line = 0; line < 3 * _height; line++)
        {
            var (plane, y) = Math.DivRem(line, _height);
            var target = _picture.AsSpan(line * _width, _width);
            var from = y - placement.Down;
            if (from < 0 || from >= _height)
            {
                target.Clear();
                continue;
            }

            var source = pixels.Slice(((plane * _height) + from) * _width, _width);
            for (var x = 0; x < _width; x++)
            {
                var column = x - placement.Right;
                target[x] = column >= 0 && column < _width ? source[placement.Mirrored ? _width - 1 - column : column] : 0;
            }
        }
    }

    private void Mix(float brightness, float contrast, float saturation)
    {
        var plane = _height * _width;
        var sum = 0.0;
        for (var i = 0; i < plane; i++)
        {
            sum += Grey(i, plane);
        }

        var mean = (float)(sum / plane) * brightness;
        for (var i = 0; i < plane; i++)
        {
            var grey = Grey(i, plane) * brightness;
            for (var channel = 0; channel < 3; channel++)
            {
                ref var value = ref _picture[(channel * plane) + i];
                var coloured = grey + (saturation * ((value * brightness) - grey));
                value = Math.Clamp(mean + (contrast * (coloured - mean)), 0, 255);
            }
        }
    }

    private float Grey(int pixel, int plane) => (_grey[0] * _picture[pixel]) + (_grey[1] * _picture[plane + pixel]) + (_grey[2] * _picture[(2 * plane) + pixel]);
}
