namespace Microsoft.ML.OtdRouting;

/// <summary>A router beside what else could be done with the same models on the same rows.</summary>
public sealed class OtdRoutingComparison
{
    internal OtdRoutingComparison(OtdRoutingMetrics metrics) => Metrics = metrics;

    /// <summary>The router.</summary>
    public OtdRoutingMetrics Metrics { get; }

    /// <summary>Every resolution alone, in ascending order of cost.</summary>
    public required IReadOnlyList<PolicyResult> Resolutions { get; init; }

    /// <summary>The best random mix of single resolutions at the router's mean cost (expected accuracy).</summary>
    public required PolicyResult StaticMix { get; init; }

    /// <summary>
    /// The best confidence cascade at the router's mean cost: resolutions one after another until the most probable class is probable enough.
    /// Which resolutions it visits is chosen on the fitting data; its threshold is set on these rows such that it costs what the router costs.
    /// </summary>
    public required PolicyResult Cascade { get; init; }

    /// <summary>The transport plan on the true losses of these rows, under the router's budget: what a perfect predictor would reach.</summary>
    public required PolicyResult Oracle { get; init; }

    /// <summary>Mean loss of the router minus that of the transport oracle, in units of the router's loss.</summary>
    public required double Regret { get; init; }

    /// <summary>
    /// Mean loss of the router minus that of the best assignment with the same shares of the routes; at least 0 (Uscidda and Cuturi 2023,
    /// "The Monge gap").
    /// </summary>
    public required double MongeGap { get; init; }
}
