using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>What happens to pixels before they enter the models: a name for all of it, or its parts.</summary>
internal sealed class PreprocessingArguments
{
    private readonly Option<string?> _name = new("--preprocessing")
    {
        Description = "What the models expect: none (pixels 0..255, as without it), unit (0..1), or imagenet (mean and deviation of ImageNet). " +
            "For anything else --scale, --mean and --std.",
    };

    private readonly Option<float?> _scale = new("--scale")
    {
        Description = "Factor on pixels 0..255. The models see (pixel * scale - mean) / std; numbers may be fractions such as 1/255.",
        HelpName = "S",
        CustomParser = result => Numbers(result, "--scale", [1], value => value != 0, "a number other than 0, such as 1/255") is [var scale] ? scale : null,
    };

    private readonly Option<float[]?> _mean = Channels(
        "--mean", "Mean in units of scaled pixels: one number, or three for red, green and blue. To -1..1: --mean 127.5 --std 127.5.", _ => true, "numbers");

    private readonly Option<float[]?> _deviation = Channels(
        "--std", "Standard deviation in units of scaled pixels: one number, or three for red, green and blue.", value => value > 0, "positive numbers");

    private readonly Option<bool> _bgr = new("--bgr") { Description = "The models take blue, green, red; mean and std stay in the order red, green, blue." };
    private readonly Option<bool> _interleaved = new("--nhwc") { Description = "The models take [batch, height, width, 3] instead of [batch, 3, height, width]." };

    public PreprocessingArguments() => _name.AcceptOnlyFromAmong("none", "unit", "imagenet");

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_name, _scale, _mean, _deviation, _bgr, _interleaved];

    /// <summary>As the library takes it.</summary>
    /// <exception cref="UsageException">The options make no sense together.</exception>
    public ImagePreprocessing Read(ParseResult options)
    {
        float? scale = options.GetValue(_scale);
        float[]? mean = Given(options.GetValue(_mean)), deviation = Given(options.GetValue(_deviation));
        string? name = options.GetValue(_name);
        if (name is not null && (scale is not null || mean is not null || deviation is not null))
        {
            throw new UsageException($"--preprocessing {name} names what --scale, --mean and --std tell in numbers; give the one or the others.");
        }

        ImagePreprocessing named = name switch
        {
            "imagenet" => ImagePreprocessing.ImageNet,
            "unit" => new ImagePreprocessing { Scale = 1f / 255 },
            _ => ImagePreprocessing.None,
        };
        ImagePreprocessing preprocessing = new()
        {
            Scale = scale ?? named.Scale,
            Mean = mean ?? named.Mean,
            StandardDeviation = deviation ?? named.StandardDeviation,
            ChannelOrder = options.GetValue(_bgr) ? ChannelOrder.Bgr : ChannelOrder.Rgb,
            Layout = options.GetValue(_interleaved) ? PixelLayout.Interleaved : PixelLayout.Planar,
        };
        RequireZeroInside(preprocessing);
        return preprocessing;
    }

    /// <summary>A mean in units of pixels beside a scale is the likeliest mistake, and leaves the models next to nothing to see.</summary>
    private static void RequireZeroInside(ImagePreprocessing preprocessing)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            float mean = preprocessing.Mean[channel], deviation = preprocessing.StandardDeviation[channel];
            float black = -mean / deviation, white = ((255 * preprocessing.Scale) - mean) / deviation;
            if (black * white > 0)
            {
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"--scale {preprocessing.Scale:G4}, --mean {mean:G4} and --std {deviation:G4} turn pixels 0..255 into {black:G4}..{white:G4}; 0 must be among " +
                    $"them. The models see (pixel * scale - mean) / std, so the mean is that of scaled pixels: to -1..1 it is --mean 127.5 --std 127.5."));
            }
        }
    }

    private static Option<float[]?> Channels(string name, string description, Func<float, bool> isAllowed, string allowed) => new(name)
    {
        Description = description,
        HelpName = "N|R,G,B",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Numbers(result, name, [1, 3], isAllowed, $"one or three {allowed} (red,green,blue)") switch
        {
            [var one] => [one, one, one],
            var three => three,
        },
    };

    /// <summary>The parser of command lines gives empty arrays for options that are not there.</summary>
    private static float[]? Given(float[]? numbers) => numbers is { Length: 0 } ? null : numbers;

    private static float[]? Numbers(ArgumentResult result, string option, int[] counts, Func<float, bool> isAllowed, string expected)
    {
        string text = result.Tokens[0].Value;
        float?[] numbers = [.. text.Split(',').Select(Number)];
        if (counts.Contains(numbers.Length) && numbers.All(n => n is { } number && isAllowed(number)))
        {
            return [.. numbers.Select(n => n!.Value)];
        }

        result.AddError($"{option} is '{text}'; expected {expected}.");
        return null;
    }

    /// <summary>A finite number, or a fraction of two.</summary>
    private static float? Number(string text)
    {
        double[] parts = [.. text.Split('/').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        double number = parts switch
        {
            [var whole] => whole,
            [var over, var under] => over / under,
            _ => double.NaN,
        };
        return float.IsFinite((float)number) ? (float)number : null;
    }
}
