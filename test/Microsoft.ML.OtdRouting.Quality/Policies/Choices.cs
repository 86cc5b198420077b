using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>The routes that a policy chooses for rows.</summary>
internal sealed class Choices(IReadOnlyList<Route> routes, int[] chosen)
{
    public int this[int row] => chosen[row];

    public double MeanCost => chosen.Average(k => routes[k].Cost);

    /// <summary>Lets a policy choose.</summary>
    public static Choices Of(RoutingPolicy policy, FeatureTable features, IReadOnlyList<Route> routes)
    {
        var chosen = new int[features.Rows];
        var scores = new float[routes.Count];
        for (var row = 0; row < chosen.Length; row++)
        {
            policy.Score(features.Row(row), features.Fold(row), scores);
            chosen[row] = RoutingLoss.ArgMax(scores);
        }

        return new Choices(routes, chosen);
    }

    public double Accuracy(RouteOutcomes outcomes) =>
        chosen.Select((k, row) => outcomes.IsCorrect(row, k) ? 1.0 : 0).Average();
}
