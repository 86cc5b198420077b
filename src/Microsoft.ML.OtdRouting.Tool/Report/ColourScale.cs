namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What the colours of a map mean. Values below and above have the colours of the ends.</summary>
/// <param name="Name">What is shown.</param>
/// <param name="Low">The lowest value, as people read it.</param>
/// <param name="High">The highest value.</param>
/// <param name="Colours">The colours from the one to the other, at equal distances, as style sheets have them.</param>
internal sealed record ColourScale(string Name, string Low, string High, IReadOnlyList<string> Colours);
