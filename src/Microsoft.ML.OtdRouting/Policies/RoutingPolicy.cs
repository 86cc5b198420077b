using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// A fitted policy: every image goes to the route with the largest <c>price − predicted loss</c>. The prices are the potentials of the
/// optimal transport between held-out predictions and the route prior, so that the budget is met on images like those of the fit.
/// </summary>
internal sealed class RoutingPolicy
{
    private readonly IReadOnlyList<LossPredictor> _predictors;
    private readonly float[] _prices;

    public RoutingPolicy(IReadOnlyList<LossPredictor> predictors, PriceCalibration calibration)
    {
        Calibration = calibration;
        _predictors = predictors;
        _prices = calibration.Prices.ToArray();
    }

    public PriceCalibration Calibration { get; }

    /// <summary>Number of predictors; an image's fold says which one serves it.</summary>
    public int FoldCount => _predictors.Count;

    public IReadOnlyList<LossPredictor> Predictors => _predictors;

    /// <summary>Share of images that each route is meant to get.</summary>
    public ReadOnlySpan<double> Shares => Calibration.Shares;

    /// <summary>Mean cost of an image that the policy is held to, in the unit of the route costs.</summary>
    public double Budget => Calibration.Budget;

    /// <summary>Scores the routes of one image: price minus predicted loss.</summary>
    /// <param name="features">The features.</param>
    /// <param name="fold">The image's fold.</param>
    /// <param name="routeScores">One number a route.</param>
    public void Score(ReadOnlySpan<float> features, int fold, Span<float> routeScores)
    {
        _predictors[fold].Predict(features, routeScores);
        RouteTable.Score(routeScores, _prices);
    }
}
