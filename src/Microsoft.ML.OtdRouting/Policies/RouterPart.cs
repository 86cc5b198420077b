namespace Microsoft.ML.OtdRouting;

/// <summary>
/// One of the corners that a router is made of at its budget. There is one, or there are two: then the content of an image decides which one serves it,
/// and the budget lies between their mean costs.
/// </summary>
/// <param name="FirstLook">Name of the resolution that looks at every image of the part.</param>
/// <param name="Routes">Names of the routes it chooses from, in ascending order of cost; one where the first look answers alone.</param>
/// <param name="Share">Share of the images that it serves, from 0 to 1.</param>
/// <param name="MeanCost">Planned mean cost of an image that it serves, in the router's unit of cost.</param>
public sealed record RouterPart(string FirstLook, IReadOnlyList<string> Routes, double Share, double MeanCost)
{
    /// <summary>Whether the first look answers alone, without a choice.</summary>
    public bool IsAlone => Routes.Count == 1;

    /// <inheritdoc/>
    public override string ToString() => $"{Share:P0} {FirstLook} {(IsAlone ? "alone" : $"first, {Routes.Count} routes")}";
}
