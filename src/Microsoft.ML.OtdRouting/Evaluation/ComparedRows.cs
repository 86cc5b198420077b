using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Rows on which routers are compared with baselines, and what the baselines need of them. Baselines may use all resolutions.</summary>
internal sealed class ComparedRows
{
    /// <param name="all">The router over all resolutions.</param>
    /// <param name="table">Outputs of all resolutions.</param>
    /// <param name="options">The router's options.</param>
    public ComparedRows(RouterCandidate all, OutputTable table, OtdResolutionRouter.Options options)
    {
        All = all;
        Table = table;
        Options = options;
        var values = new LogProbabilityTable(table, all.Scorers.OutputKinds, all.Fit.Ensemble.InverseTemperatures.ToArray());
        Outcomes = RouteOutcomes.Compute(values, all.Fit.Routes, _ => all.Fit.Ensemble, Loss);
        Resolutions = RouteOutcomes.OfSingleResolutions(values, all.Scorers, Loss);
        Features = table.ToFeatureTable(all.Fit.Policy.FeatureCalibration);
    }

    public RouterCandidate All { get; }

    public OutputTable Table { get; }

    public OtdResolutionRouter.Options Options { get; }

    /// <summary>The loss that is reported.</summary>
    public RoutingLoss Loss => Options.Loss.Measured;

    /// <summary>Outcomes of the routes over all resolutions.</summary>
    public RouteOutcomes Outcomes { get; }

    /// <summary>Outcomes of the single resolutions, as they are.</summary>
    public RouteOutcomes Resolutions { get; }

    /// <summary>Features of the router over all resolutions.</summary>
    public FeatureTable Features { get; }
}
