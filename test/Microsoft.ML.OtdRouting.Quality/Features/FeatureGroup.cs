using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>Some of the numbers that a first look says, which are kept from a policy together.</summary>
/// <param name="Name">What they say.</param>
/// <param name="Of">Their places among the features of a model, which depend on its first look.</param>
internal sealed record FeatureGroup(string Name, Func<TaskModel, IEnumerable<int>> Of)
{
    /// <summary>A group of consecutive numbers.</summary>
    public static FeatureGroup Between(string name, Func<TaskModel, (int Start, int End)> of) => new(name, model =>
    {
        var (start, end) = of(model);
        return Enumerable.Range(start, end - start);
    });

    /// <summary>The numbers of several groups.</summary>
    public static FeatureGroup Union(string name, params IReadOnlyList<FeatureGroup> groups) => new(name, model => groups.SelectMany(g => g.Of(model)));
}
