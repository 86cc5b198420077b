namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What the page shows of an example, but for classes.</summary>
/// <param name="Picture">The image.</param>
internal sealed record ExampleContent(Thumbnail Picture)
{
    /// <summary>Boxes over the image.</summary>
    public IReadOnlyList<ExampleBox> Boxes { get; init; } = [];

    /// <summary>Pictures beside it.</summary>
    public IReadOnlyList<ExamplePicture> Beside { get; init; } = [];

    /// <summary>The answer in a few words; null where answers are classes.</summary>
    public string? Summary { get; init; }

    /// <summary>What is to be seen, for those who do not see it; null where answers are classes.</summary>
    public string? Description { get; init; }

    /// <summary>Characters that the pictures take in the page.</summary>
    public long Characters => Picture.Uri.Length + Beside.Sum(p => (long)p.Uri.Length);
}
