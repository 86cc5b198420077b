using System.CommandLine;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The options of commands about what image files are accepted, and how they are laid out.</summary>
internal sealed class DecodingArguments
{
    private readonly Option<int?> _maxPixels = new("--max-pixels")
    {
        Description = $"Largest image to accept, in pixels; {new ImageDecodingOptions().MaxPixels} without it.",
        HelpName = "N",
        CustomParser = result =>
        {
            try
            {
                return new ImageDecodingOptions { MaxPixels = int.Parse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture) }.MaxPixels;
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException)
            {
                result.AddError($"--max-pixels is '{result.Tokens[0].Value}'; it must be a whole number from 1 to 500000000.");
                return null;
            }
        },
    };

    private readonly Option<bool> _ignoreOrientation = new("--ignore-orientation")
    {
        Description = "Leaves images as they lie in their files, whatever their EXIF orientation says.",
    };

    private readonly Option<bool> _fullDecoding = new("--full-decoding")
    {
        Description = "Decodes large JPEG files at their full size; without it at a half, a quarter or an eighth where that still holds the largest resolution.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_maxPixels, _ignoreOrientation, _fullDecoding];

    /// <summary>As the library takes them.</summary>
    public ImageDecodingOptions Read(ParseResult options)
    {
        ImageDecodingOptions decoding = new()
        {
            ApplyOrientation = !options.GetValue(_ignoreOrientation),
            ScaledDecoding = !options.GetValue(_fullDecoding),
        };
        decoding.MaxPixels = options.GetValue(_maxPixels) ?? decoding.MaxPixels;
        return decoding;
    }
}
