using Microsoft.ML.OtdRouting;

namespace FashionRouting;

/// <summary>One point of the accuracy–cost curve: the router and its baselines at the same mean cost.</summary>
/// <param name="CostFraction">Mean cost, as a fraction of the largest resolution.</param>
/// <param name="Routed">Accuracy of the router.</param>
/// <param name="StaticMix">Accuracy of the best random mix of single resolutions.</param>
/// <param name="Cascade">Accuracy of the best confidence cascade.</param>
/// <param name="CalibratedCascade">Accuracy of the best cascade of the router's own calibrated ensembles.</param>
/// <param name="Oracle">Accuracy of the transport oracle on the true losses.</param>
public sealed record CurvePoint(double CostFraction, double Routed, double StaticMix, double Cascade, double CalibratedCascade, double Oracle)
{
    /// <summary>From a comparison.</summary>
    public static CurvePoint Of(OtdRoutingComparison comparison) => new(
        comparison.Metrics.MeanCost / comparison.Resolutions[^1].MeanCost,
        comparison.Metrics.Quality,
        comparison.StaticMix.Quality,
        comparison.Cascade.Quality,
        comparison.CalibratedCascade.Quality,
        comparison.Oracle.Quality);
}
