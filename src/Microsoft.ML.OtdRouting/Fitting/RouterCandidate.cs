using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>A router in which one resolution looks at every image, cheaper ones being left out; fitted, but for the prices of a budget.</summary>
/// <param name="Model">The routes and their answers.</param>
/// <param name="Predictors">Predictors of the routes' losses, one a fold.</param>
/// <param name="HeldOut">Predicted losses of the fitting rows, each by a predictor that has not seen the row.</param>
/// <param name="Outcomes">What the routes do on the fitting rows, each row answered by parts that have not seen it.</param>
internal sealed record RouterCandidate(TaskModel Model, IReadOnlyList<LossPredictor> Predictors, RouteTable HeldOut, RouteOutcomes Outcomes)
{
    private readonly Lazy<RouteTable> _judged = new(() => Judge(Outcomes));
    private RouterCandidate? _alone;

    public IReadOnlyList<Route> Routes => Model.Routes;

    /// <summary>The resolution that looks at every image.</summary>
    public int FirstLook => Model.FirstLook;

    /// <summary>The first look alone, for all images that it serves.</summary>
    public RouterCandidate Alone => LazyInitializer.EnsureInitialized(ref _alone, () => Routes.Count == 1 ? this : Select([0]))!;

    /// <summary>Candidates are the same when they are one.</summary>
    public bool Equals(RouterCandidate? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>
    /// What mixes are judged by, of each route on every row: half of it the loss that is minimised, which has little noise and trusts the calibration;
    /// half the measured loss, which has more noise and trusts nothing.
    /// </summary>
    public RouteTable Judged => _judged.Value;

    /// <summary>Fits a candidate.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task.</param>
    /// <param name="firstLook">The resolution that looks at every image.</param>
    /// <param name="routes">The routes to choose from.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static RouterCandidate Fit(
        Observations observations, BoundTask task, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var (model, outcomes) = task.Fit(observations, firstLook, routes, cancellationToken);
        var crossFit = RidgeCrossFit.Fit(Describe(model, observations), outcomes.Losses, cancellationToken);
        return new RouterCandidate(model, crossFit.Predictors, crossFit.HeldOut, outcomes);
    }

    /// <summary>Features, folds and weights of rows, as a model describes them.</summary>
    public static FeatureTable Describe(TaskModel model, Observations observations)
    {
        var features = new Numerics.FloatRows(model.FeatureCount);
        for (var row = 0; row < observations.Rows; row++)
        {
            model.Describe(observations.Kept(model.FirstLook, row), observations.Fold(row), features.Add());
        }

        return new FeatureTable(features, observations.Folds.ToArray(), observations.FoldCount, observations.Weights);
    }

    /// <summary>The candidate without the routes that it does better without; itself where there are none.</summary>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    /// <param name="log">Is told why routes are left out.</param>
    public RouterCandidate Prune(double[]? samplePrior, Action<string> log)
    {
        var (kept, reasons) = RoutePruning.Decide(HeldOut, Outcomes.Losses, samplePrior, Routes);
        if (kept.Count == Routes.Count)
        {
            return this;
        }

        foreach (var reason in reasons)
        {
            log(reason);
        }

        return Select(kept);
    }

    /// <summary>The candidate with some of its routes.</summary>
    public RouterCandidate Select(IReadOnlyList<int> kept) =>
        new(Model.Select(kept), Predictors.Select(p => p.Select(kept)).ToList(), HeldOut.Select(kept), Outcomes.Select(kept));

    /// <summary>Mean measured loss of the fitting rows at some prices.</summary>
    /// <param name="calibration">The prices.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    public double MeasuredLoss(PriceCalibration calibration, double[]? samplePrior) => Outcomes.Measured.Mean(ChooseHeldOut(calibration), samplePrior);

    /// <summary>The routes that the fitting rows take at some prices, each row predicted by parts that have not seen it.</summary>
    public int[] ChooseHeldOut(PriceCalibration calibration) => HeldOut.Choose(calibration.Prices);

    private static RouteTable Judge(RouteOutcomes outcomes)
    {
        var judged = new RouteTable(outcomes.Rows, outcomes.Routes);
        for (var i = 0; i < judged.Values.Length; i++)
        {
            judged.Values[i] = (outcomes.Losses.Values[i] + outcomes.Measured.Values[i]) / 2;
        }

        return judged;
    }
}
