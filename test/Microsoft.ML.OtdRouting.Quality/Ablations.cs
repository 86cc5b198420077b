using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality;

/// <summary>The product's router, and routers with one part switched off or replaced.</summary>
internal static class Ablations
{
    public static IReadOnlyList<Variant> Of(ScoredFamily family)
    {
        var embedding = family.Features.Count - family.Scorers.Scorers[0].EmbeddingLength;
        return
        [
            new("all routes, the cheapest resolution looks first"),
            new("the product: chosen first look, pruned routes") { Product = new() },
            new("the product with a network of 32 hidden units") { Product = new() { Predictor = RoutingPredictor.Mlp() } },
            new("the product fitted to the plan") { Product = new() { Objective = RoutingObjective.Plan } },
            new("the product fitted to the plan, two alternations") { Product = new() { Objective = RoutingObjective.Plan, AlternationRounds = 2 } },
            new("loss: ExpectedError") { Loss = RoutingLoss.ExpectedError },
            new("loss: ZeroOne") { Loss = RoutingLoss.ZeroOne },
            new("loss: CrossEntropy") { Loss = RoutingLoss.CrossEntropy },
            new("loss: Disagreement (no labels)") { Loss = RoutingLoss.Disagreement },
            new("floor 0") { Prior = RoutingPrior.BudgetOnly(0) },
            new("floor 0.01") { Prior = RoutingPrior.BudgetOnly(0.01) },
            new("one price by bisection, no transport") { Prices = PriceSource.SinglePrice },
            new("prices not calibrated") { Prices = PriceSource.TrueLossTransport },
            new("no cross-fitting") { CrossFitting = false },
            new("features not calibrated") { CalibratedFeatures = false },
            new("no embedding") { Features = i => i < embedding },
            new("pools: weights only") { Pools = [new(double.PositiveInfinity, double.PositiveInfinity)] },
            new("pools: weights and bias") { Pools = [new(3, double.PositiveInfinity)] },
            new("pools: always matrices") { Pools = [new(3, 300)] },
            new("at most two resolutions a route") { MaxRouteSize = 2 },
        ];
    }
}
