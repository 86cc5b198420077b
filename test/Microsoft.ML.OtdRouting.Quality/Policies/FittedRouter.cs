using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>A router fitted to some rows of a family by the product's code, at any budget.</summary>
internal sealed class FittedRouter
{
    private readonly ScoredFamily _family;
    private readonly OtdResolutionRouter.Options _options;

    private FittedRouter(ScoredFamily family, OtdResolutionRouter.Options options, OutputTable table)
    {
        _family = family;
        _options = options;
        Fit = RouterFit.Fit(table, family.Scorers, family.Features, family.Routes, Math.Max(0.5 * family.LargestCost, family.Routes[0].Cost), options);
    }

    public RouterFit Fit { get; }

    /// <summary>Fits with default options, or others.</summary>
    public static FittedRouter To(ScoredFamily family, OutputTable table, OtdResolutionRouter.Options? options = null) =>
        new(family, options ?? new OtdResolutionRouter.Options(), table);

    /// <summary>The policy at a budget, as <see cref="OtdRoutingTransformer.WithBudget"/> makes it.</summary>
    /// <param name="fraction">Budget as a fraction of the largest resolution's cost.</param>
    public RoutingPolicy At(double fraction)
    {
        var rows = Fit.Record.HeldOut.Length / _family.Routes.Count;
        var budget = ComputeBudget.FractionOfLargest(fraction).Resolve(_family.LargestCost, _family.Routes);
        return Fit.Policy.WithCalibration(
            PriceFit.Solve(Fit.Record.HeldOut, rows, _family.Routes, _options.Prior, budget, Fit.Record.SamplePrior, CancellationToken.None));
    }

    /// <summary>The router beside the product's baselines on other rows.</summary>
    public OtdRoutingComparison Compare(OutputTable test, double fraction)
    {
        // The class map reorders scores for a label column; there is none here.
        var scorer = new RoutedScorer(_family.Scorers, _family.Routes, Fit.Ensemble, null!, Fit.Policy);
        return RouterComparison.Compute(scorer, At(fraction), test, Fit.Record, _options);
    }

    /// <summary>What the routes do on other rows.</summary>
    public RouteOutcomes Outcomes(OutputTable test) =>
        RouteOutcomes.Compute(Values(test), _family.Routes, _ => Fit.Ensemble, _options.Loss);

    /// <summary>What the single resolutions do on other rows, as they are.</summary>
    public RouteOutcomes SingleOutcomes(OutputTable test) => RouteOutcomes.OfSingleResolutions(Values(test), _family.Scorers, _options.Loss);

    private LogProbabilityTable Values(OutputTable test) =>
        new(test, _family.Scorers.OutputKinds, Fit.Ensemble.InverseTemperatures.ToArray());
}
