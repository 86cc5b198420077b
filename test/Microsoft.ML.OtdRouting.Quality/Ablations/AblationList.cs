using Microsoft.ML.OtdRouting.Quality.Policies;

namespace Microsoft.ML.OtdRouting.Quality.Ablations;

/// <summary>The product's router, and routers with one part switched off or replaced.</summary>
internal static class AblationList
{
    public static IReadOnlyList<Variant> All { get; } =
    [
        new("all routes, the cheapest resolution looks first"),
        new("the product: chosen first look, pruned routes") { Product = new() },
        new("fitted to the plan of the budget") { FitsPlan = true },
        new("fitted to the plan of the budget, two alternations") { FitsPlan = true, Alternations = 2 },
        new("a thumbnail looks first") { Look = FirstLook.Thumbnail },
        new("a model of its own looks first") { Look = FirstLook.OwnModel },
        new("loss: ExpectedError") { Loss = RoutingLoss.ExpectedError },
        new("loss: ZeroOne") { Loss = RoutingLoss.ZeroOne },
        new("loss: CrossEntropy") { Loss = RoutingLoss.CrossEntropy },
        new("floor 0") { Prior = RoutingPrior.BudgetOnly(0) },
        new("floor 0.01") { Prior = RoutingPrior.BudgetOnly(0.01) },
        new("one price by bisection, no transport") { Prices = PriceSource.SinglePrice },
        new("prices not calibrated") { Prices = PriceSource.TrueLossTransport },
        new("no cross-fitting") { CrossFitting = false },
        new("features not calibrated") { CalibratedFeatures = false },
        new("no embedding") { Embedding = false },
        new("pools: weights only") { Pools = [new(double.PositiveInfinity, double.PositiveInfinity)] },
        new("pools: weights and bias") { Pools = [new(3, double.PositiveInfinity)] },
        new("pools: always matrices") { Pools = [new(3, 300)] },
        new("at most two resolutions a route") { MaxRouteSize = 2 },
    ];
}
