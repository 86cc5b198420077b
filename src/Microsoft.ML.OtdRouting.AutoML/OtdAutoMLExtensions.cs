using Microsoft.ML.AutoML;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.AutoML;

namespace Microsoft.ML;

/// <summary>Extension methods that put routing into AutoML.</summary>
public static class OtdAutoMLExtensions
{
    /// <summary>
    /// Lets an experiment search over ways to fit a router, on images that were scored once: adds the search space and sets the trial runner. What is left to set is a tuner,
    /// an end, and a monitor if you want one.
    /// </summary>
    /// <param name="experiment">The experiment; without a pipeline, which has a runner of its own.</param>
    /// <param name="trials">What routers are fitted to, of <see cref="OtdRoutingCatalog.CreateTrials"/>; must live as long as the experiment.</param>
    /// <param name="costWeight">What it adds to the loss when the budget is spent twice over; in proportion for less. At least 0.</param>
    /// <returns>
    /// The experiment. The <see cref="TrialResult.Model"/> of its result is an <see cref="OtdRoutingTransformer"/> at the budget of the trials, yours to dispose; null where no trial
    /// was feasible. <see cref="OtdRoutingTrials.Choose"/> takes it only where it is better beyond what looking at so many explains, and tests promises.
    /// </returns>
    /// <exception cref="ArgumentException">The name of a resolution holds a <c>+</c>, which joins names; or the weight is out of range.</exception>
    public static AutoMLExperiment SetRouterTrials(this AutoMLExperiment experiment, OtdRoutingTrials trials, double costWeight = 1)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var runner = new OtdRouterTrialRunner(trials, costWeight);
        return experiment.AddSearchSpace(OtdRouterTrialRunner.ParameterName, OtdRouterSearchSpace.Of(trials)).SetTrialRunner(_ => runner);
    }

    /// <summary>
    /// A router for a sweepable pipeline. Every trial scores all images again, and AutoML's metrics know nothing of cost: where it is the router alone that you search over,
    /// <see cref="SetRouterTrials"/> is faster and fairer.
    /// </summary>
    /// <param name="catalog">AutoML's catalog.</param>
    /// <param name="options">Columns, resolutions, budget, and the default of all that is searched over.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range, or the name of a resolution holds a <c>+</c>, which joins names.</exception>
    public static SweepableEstimator CreateSweepableRouter(this AutoCatalog catalog, OtdResolutionRouter.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var space = OtdRouterSearchSpace.Of(options);
        return catalog.CreateSweepableEstimator(OtdRouterSearchSpace.Factory(options.Freeze()), space);
    }
}
