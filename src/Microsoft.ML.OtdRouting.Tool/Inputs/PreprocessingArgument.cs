using System.CommandLine;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--preprocessing</c>: what happens to pixels before they enter the models.</summary>
internal static class PreprocessingArgument
{
    /// <summary>The option.</summary>
    public static Option<string> Option()
    {
        Option<string> option = new("--preprocessing")
        {
            Description = "What the models expect: none (pixels 0..255), unit (0..1), or imagenet (mean and deviation of ImageNet); planar RGB.",
            DefaultValueFactory = _ => "none",
        };
        option.AcceptOnlyFromAmong("none", "unit", "imagenet");
        return option;
    }

    /// <summary>As the library takes it.</summary>
    public static ImagePreprocessing Read(string name) => name switch
    {
        "imagenet" => ImagePreprocessing.ImageNet,
        "unit" => new ImagePreprocessing { Scale = 1f / 255 },
        _ => ImagePreprocessing.None,
    };
}
