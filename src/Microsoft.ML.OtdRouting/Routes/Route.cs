namespace Microsoft.ML.OtdRouting;

/// <summary>
/// What an image may be sent to: one resolution, or several whose answers are ensembled. Resolutions are counted in ascending order of
/// cost, among all of the router.
/// </summary>
public sealed class Route
{
    internal Route(IReadOnlyList<int> members, IReadOnlyList<string> resolutionNames, double cost)
    {
        Resolutions = members;
        Name = string.Join('+', members.Select(m => resolutionNames[m]));
        Cost = cost;
    }

    /// <summary>Indices of the resolutions that are scored, ascending.</summary>
    public IReadOnlyList<int> Resolutions { get; }

    /// <summary>The names of the resolutions, joined by <c>+</c>.</summary>
    public string Name { get; }

    /// <summary>Cost of one image on this route, in the router's unit of cost.</summary>
    public double Cost { get; }

    /// <summary>Whether this route scores a resolution.</summary>
    internal bool Contains(int resolution) => Resolutions.Contains(resolution);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} at {Cost:G6}";
}
