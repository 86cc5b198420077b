using System.CommandLine;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--images</c>: where the images of a command are; <see cref="ImageList.Read"/> reads them.</summary>
internal static class ImagesArgument
{
    /// <summary>The option.</summary>
    /// <param name="description">What the images are for.</param>
    /// <param name="name">Another name, where a command has images of two kinds.</param>
    public static Option<string> Option(string description, string name = "--images") => new(name)
    {
        Description = $"{description} A folder of class folders (DIR/<label>/*.jpg, .png, .webp, .gif or .bmp), or a CSV or TSV file with the columns Path and Label.",
        HelpName = "DIR|FILE",
        Required = true,
    };
}
