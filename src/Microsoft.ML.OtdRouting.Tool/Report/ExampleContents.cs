namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What the page shows of all examples.</summary>
/// <param name="Examples">The examples.</param>
internal sealed record ExampleContents(IReadOnlyList<ExampleContent> Examples)
{
    /// <summary>What is to be seen in them; empty where that needs no words.</summary>
    public string Note { get; init; } = "";

    /// <summary>What the colours of maps mean.</summary>
    public IReadOnlyList<ColourScale> Scales { get; init; } = [];
}
