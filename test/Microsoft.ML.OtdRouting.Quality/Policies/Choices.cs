using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>The routes that a policy chooses for rows.</summary>
internal sealed class Choices(IReadOnlyList<Route> routes, int[] chosen)
{
    public int this[int row] => chosen[row];

    public double MeanCost => chosen.Average(k => routes[k].Cost);

    public double Accuracy(RouteOutcomes outcomes) => outcomes.Quality.Mean(chosen);
}
