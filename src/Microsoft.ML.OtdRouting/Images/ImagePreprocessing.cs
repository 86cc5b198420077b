using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// How pixels become a model's input: <c>(pixel · Scale − Mean[c]) / StandardDeviation[c]</c>, in the channel order and
/// layout of the model. Pixels are 0..255.
/// </summary>
public sealed class ImagePreprocessing
{
    private readonly float[] _mean = [0, 0, 0];
    private readonly float[] _standardDeviation = [1, 1, 1];
    private readonly float _scale = 1;

    /// <summary>Pixels as they are: 0..255, planar RGB.</summary>
    public static ImagePreprocessing None { get; } = new();

    /// <summary>The usual preprocessing of ImageNet models: pixels / 255, mean and deviation of ImageNet, planar RGB.</summary>
    public static ImagePreprocessing ImageNet { get; } = new()
    {
        Scale = 1f / 255,
        Mean = [0.485f, 0.456f, 0.406f],
        StandardDeviation = [0.229f, 0.224f, 0.225f],
    };

    /// <summary>Factor on pixels before mean and deviation; finite and not zero. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or not finite.</exception>
    public float Scale
    {
        get => _scale;
        init => _scale = float.IsFinite(value) && value != 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Scale), value, "Scale must be finite and not zero.");
    }

    /// <summary>Mean of each channel in RGB order, in units of scaled pixels; three finite numbers. Default 0.</summary>
    /// <exception cref="ArgumentException">The value does not have three finite numbers.</exception>
    public IReadOnlyList<float> Mean
    {
        get => _mean;
        init => _mean = ThreeFinite(value, nameof(Mean));
    }

    /// <summary>Standard deviation of each channel in RGB order, in units of scaled pixels; three positive numbers. Default 1.</summary>
    /// <exception cref="ArgumentException">The value does not have three positive finite numbers.</exception>
    public IReadOnlyList<float> StandardDeviation
    {
        get => _standardDeviation;
        init
        {
            _standardDeviation = ThreeFinite(value, nameof(StandardDeviation));
            if (_standardDeviation.Any(v => v <= 0))
            {
                throw new ArgumentException(
                    $"StandardDeviation must be positive, found [{string.Join(", ", _standardDeviation)}].", nameof(StandardDeviation));
            }
        }
    }

    /// <summary>Order of the channels in the model's input. Default RGB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    public ChannelOrder ChannelOrder
    {
        get;
        init => field = NamedValue.Require(value, nameof(ChannelOrder));
    }

    /// <summary>Layout of the model's input. Default planar.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layout.</exception>
    public PixelLayout Layout
    {
        get;
        init => field = NamedValue.Require(value, nameof(Layout));
    }

    /// <summary>Factor and offset of an RGB channel such that the model sees <c>pixel · factor + offset</c>.</summary>
    internal (float Factor, float Offset) Affine(int channel) =>
        (_scale / _standardDeviation[channel], -_mean[channel] / _standardDeviation[channel]);

    /// <summary>Whether the model's channels lie as the images' do: plane by plane, red first.</summary>
    internal bool KeepsPlaces => Layout == PixelLayout.Planar && ChannelOrder == ChannelOrder.Rgb;

    /// <summary>Makes the model's input of one image.</summary>
    /// <param name="pixels">Planar RGB, 0..255; contents are lost.</param>
    /// <param name="target">As many floats; the pixels themselves where <see cref="KeepsPlaces"/>.</param>
    internal void Apply(Span<float> pixels, Span<float> target)
    {
        var plane = pixels.Length / 3;
        for (var channel = 0; channel < 3; channel++)
        {
            var source = pixels.Slice(channel * plane, plane);
            Normalise(Affine(channel), source);
            var position = ChannelOrder == ChannelOrder.Rgb ? channel : 2 - channel;
            if (Layout == PixelLayout.Planar)
            {
                source.CopyTo(target.Slice(position * plane, plane));
                continue;
            }

            for (var i = 0; i < plane; i++)
            {
                target[(3 * i) + position] = source[i];
            }
        }
    }

    private static void Normalise((float Factor, float Offset) affine, Span<float> values)
    {
        if (affine is not (1, 0))
        {
            TensorPrimitives.Multiply(values, affine.Factor, values);
            TensorPrimitives.Add(values, affine.Offset, values);
        }
    }

    private static float[] ThreeFinite(IReadOnlyList<float> value, string name) =>
        value is { Count: 3 } && value.All(float.IsFinite)
            ? [.. value]
            : throw new ArgumentException(
                $"{name} needs three finite numbers (red, green, blue), found [{string.Join(", ", value ?? [])}].", name);
}
