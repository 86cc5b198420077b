namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>The words in which a measure is told, around figures that are percentages.</summary>
/// <param name="Value">A value by itself.</param>
/// <param name="Is">What the router has of it, behind "it" or its budget: the value, and of how many images.</param>
/// <param name="Reaches">Between a policy and a value.</param>
/// <param name="On">Ahead of the value of a further policy.</param>
/// <param name="More">Between the router and what it is better than.</param>
/// <param name="Same">Between the router and what it is not told apart from.</param>
/// <param name="Less">Between the router and what it is not as good as.</param>
internal sealed record MeasureWords(
    Func<string, string> Value, Func<string, string, string> Is, string Reaches, string On, string More, string Same, string Less)
{
    /// <summary>A share of right answers.</summary>
    public static MeasureWords Accuracy { get; } = new(
        value => $"{value} right", (value, images) => $"it is right on {value} of {images}", "is right on", "on ", "more accurate than", "as accurate as", "less accurate than");

    /// <summary>Any other measure.</summary>
    /// <param name="measure">Its name.</param>
    public static MeasureWords Of(string measure) => new(
        value => $"{measure} {value}", (value, images) => $"its {measure} is {value} on {images}", "reaches", "", "better than", "as good as", "worse than");
}
