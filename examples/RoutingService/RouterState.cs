using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>What the service says about its router.</summary>
/// <param name="Budget">Mean cost of an image that it is held to.</param>
/// <param name="CostUnit">Unit of the costs.</param>
/// <param name="Routes">The routes.</param>
public sealed record RouterState(double Budget, string CostUnit, IReadOnlyList<RouteState> Routes)
{
    /// <summary>Of a router.</summary>
    public static RouterState Of(OtdRoutingTransformer router) => new(
        router.Budget,
        router.CostUnit.ToString(),
        router.Routes.Zip(router.PlannedShares, (route, share) => new RouteState(route.Name, route.Cost, share)).ToList());
}

/// <summary>A route.</summary>
/// <param name="Name">Its resolutions, such as <c>10+20</c>.</param>
/// <param name="Cost">What an image costs there.</param>
/// <param name="PlannedShare">Share of the images that the fit has planned for it.</param>
public sealed record RouteState(string Name, double Cost, double PlannedShare);
