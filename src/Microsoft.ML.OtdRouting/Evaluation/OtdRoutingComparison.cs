using Microsoft.ML.OtdRouting.Evaluation;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// A router beside what else could be done with the same models on the same rows. Every policy stands at the cost that it really has on them, and says
/// by how much the router is better with its <see cref="PolicyResult.Difference"/>.
/// </summary>
public sealed class OtdRoutingComparison
{
    internal OtdRoutingComparison(OtdRoutingMetrics metrics) => Metrics = metrics;

    /// <summary>The router.</summary>
    public OtdRoutingMetrics Metrics { get; }

    /// <summary>
    /// The measures of the rows that the router sends to each route, in the order of <see cref="OtdRoutingMetrics.RouteNames"/>: the same as those of
    /// <see cref="Metrics"/>, NaN for a route that gets no row. Routes get other rows each, so one that measures less is not worse for it.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<TaskMeasure>> RouteMeasures { get; init; }

    /// <summary>What the rows find in the gallery, each by the route it takes, for a task that searches (<see cref="EmbeddingTask"/>); null for others.</summary>
    public required FoundRows? Found { get; init; }

    /// <summary>The corners that the router is made of: one, or two that share the images.</summary>
    public required IReadOnlyList<RouterPart> Parts { get; init; }

    /// <summary>Every resolution alone, in ascending order of cost.</summary>
    public required IReadOnlyList<PolicyResult> Resolutions { get; init; }

    /// <summary>Every route for all rows, in the order of the router's routes: single resolutions and ensembles with their calibrated answers.</summary>
    public required IReadOnlyList<PolicyResult> Routes { get; init; }

    /// <summary>
    /// The most expensive resolution alone, calibrated on the same fitting images as the router: much of what a router gains over the resolution as
    /// it is may be had without routing.
    /// </summary>
    public required PolicyResult LargestCalibrated { get; init; }

    /// <summary>The best random mix of single resolutions at no more than the router's mean cost (expected quality).</summary>
    public required PolicyResult StaticMix { get; init; }

    /// <summary>
    /// The best confidence cascade at the router's mean cost: resolutions one after another until one is sure enough of its answer.
    /// Which resolutions it visits is chosen on the fitting data; its threshold is set on these rows such that it costs what the router costs.
    /// </summary>
    public required PolicyResult Cascade { get; init; }

    /// <summary>
    /// The best cascade that can be made of the router's own calibrated ensembles, at the router's mean cost: it looks again after every resolution,
    /// stops by a threshold of its own at every stage, and mixes two such cascades where that is better. Tuned on the fitting rows.
    /// </summary>
    public required PolicyResult CalibratedCascade { get; init; }

    /// <summary>
    /// A predictor of the route that is trained with a penalty on cost instead of transport (Gumbel-softmax with the loss of dynamic-resolution
    /// networks), on the same features and routes: the best random mix of two weights of the penalty at the router's mean cost (expected quality).
    /// Null when the fitting rows had no truth to train on, and where no weight of the penalty brings its cost down to the router's.
    /// </summary>
    public required PolicyResult? CostPenalty { get; init; }

    /// <summary>Share of the rows that each route gets from <see cref="CostPenalty"/>; null without it.</summary>
    public required IReadOnlyList<double>? CostPenaltyShares { get; init; }

    /// <summary>
    /// Collapse index of <see cref="CostPenalty"/>, against the same planned shares as the router's: 1 when one route takes all. NaN without it.
    /// </summary>
    public double CostPenaltyCollapseIndex =>
        CostPenaltyShares is null ? double.NaN : OtdRoutingMetrics.Collapse(CostPenaltyShares, Metrics.PlannedShares);

    /// <summary>
    /// The transport plan on the true losses of these rows, under the router's budget: what a perfect predictor would reach. With a teacher
    /// these are the losses that the teacher counts, and the router's quality may be above the oracle's.
    /// </summary>
    public required PolicyResult Oracle { get; init; }

    /// <summary>Mean loss of the router minus that of the transport oracle, in units of the router's loss.</summary>
    public required double Regret { get; init; }

    /// <summary>
    /// Mean loss of the router minus that of the best assignment with the same shares of the routes; at least 0 (Uscidda and Cuturi 2023,
    /// "The Monge gap").
    /// </summary>
    public required double MongeGap { get; init; }
}
