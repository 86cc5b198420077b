using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>One <c>--model FILE@SIZE</c>.</summary>
/// <param name="File">Path of the ONNX model.</param>
/// <param name="Height">Height of its input.</param>
/// <param name="Width">Width of its input.</param>
internal sealed record ModelArgument(string File, int Height, int Width)
{
    /// <summary>The option, which may be repeated.</summary>
    /// <param name="least">How often it must be given at least.</param>
    public static Option<ModelArgument[]> Option(int least) => new("--model", "-m")
    {
        Description = "ONNX model and the size of its input in pixels, as in net-160.onnx@160 or net.onnx@224x320 (height x width). " +
            (least > 1 ? "Once for every resolution; at least two." : "Once for every resolution."),
        HelpName = "FILE@SIZE",
        Required = least > 0,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => ParseAll(result, least),
    };

    /// <summary>As the library takes it.</summary>
    public Resolution ToResolution(ImagePreprocessing preprocessing, ModelOutputKind output) =>
        new(File, Height, Width) { Preprocessing = preprocessing, OutputKind = output };

    private static ModelArgument[] ParseAll(ArgumentResult result, int least)
    {
        ModelArgument?[] models = [.. result.Tokens.Select(t => Parse(t.Value))];
        int malformed = Array.IndexOf(models, null);
        if (malformed >= 0)
        {
            result.AddError(
                $"--model is '{result.Tokens[malformed].Value}'; expected FILE@SIZE with a size from 1 to 65535, such as net-160.onnx@160 or net.onnx@224x320 (height x width).");
        }
        else if (models.Length < least)
        {
            result.AddError($"--model is given {(models.Length == 1 ? "once" : $"{models.Length} times")}; routing needs at least {least} resolutions to choose from.");
        }

        return [.. models.OfType<ModelArgument>()];
    }

    /// <summary>A file and a size; null where there is none behind the last @.</summary>
    public static ModelArgument? Parse(string text)
    {
        int at = text.LastIndexOf('@');
        string[] sides = text[(at + 1)..].Split('x');
        return at > 0 && sides.Length <= 2 && Side(sides[0]) is { } height && Side(sides[^1]) is { } width ? new ModelArgument(text[..at], height, width) : null;
    }

    private static int? Side(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort side) && side > 0 ? side : null;
}
