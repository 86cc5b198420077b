using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Ablations;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>Fits a <see cref="Variant"/> from the product's parts. The variant that changes nothing is the product's router without pruning and without choice of the first look.</summary>
internal sealed class VariantRouter
{
    /// <summary>ε of the plan, as a part of the distance between the least and the greatest loss.</summary>
    private const double PlanSmoothing = 0.05;

    private readonly ScoredFamily _family;
    private readonly Variant _variant;
    private readonly IReadOnlyList<Route> _routes;
    private readonly EnsembleFit _ensembles;
    private readonly FirstLookFeatures _features;
    private readonly RouteTable _losses;
    private readonly FeatureTable _table;
    private readonly CrossFit? _crossFit;

    /// <param name="family">The family.</param>
    /// <param name="variant">The variant.</param>
    /// <param name="rows">The fitting rows.</param>
    /// <param name="observations">What the resolutions say about them.</param>
    public VariantRouter(ScoredFamily family, Variant variant, int[] rows, Observations observations)
    {
        _family = family;
        _variant = variant;
        _routes = Routes();
        var (task, resolutions) = (family.Task, Enumerable.Range(0, family.Scorers.Scorers.Count).ToArray());
        var labels = task.Labels(observations);
        var values = new LogProbabilityTable(
            observations, task, labels, AlignedBy.Nothing, TemperatureFit.Fit(observations, task, labels, AlignedBy.Nothing, resolutions), resolutions);
        _ensembles = EnsembleFit.Fit(values, _routes, CancellationToken.None, variant.Pools);
        _losses = ClassificationOutcomes.Of(
            values, _routes, row => variant.CrossFitting ? _ensembles.ByFold[observations.Fold(row)] : _ensembles.Deployed, variant.Loss).Losses;
        _features = Features();
        _table = Describe(rows, observations);
        // The plan is one of a budget, so its predictor waits for it.
        _crossFit = variant.FitsPlan ? null
            : variant.CrossFitting ? RidgeCrossFit.Fit(_table, _losses, CancellationToken.None)
            : FitToAllRows();
    }

    /// <summary>Accuracy and mean cost, as a fraction of the largest resolution's, at a budget on other rows.</summary>
    public (double Accuracy, double Cost) Measure(int[] rows, Observations test, double fraction)
    {
        var budget = Math.Clamp(fraction * _family.LargestCost, _routes[0].Cost, _routes[^1].Cost);
        var crossFit = _crossFit ?? FitPlan(budget);
        var resolutions = Enumerable.Range(0, _family.Scorers.Scorers.Count).ToArray();
        var values = new LogProbabilityTable(test, _family.Task, _family.Task.Labels(test), AlignedBy.Nothing, _ensembles.Deployed.InverseTemperatures, resolutions);
        var outcomes = ClassificationOutcomes.Of(values, _routes, _ => _ensembles.Deployed, RoutingLoss.ExpectedError);
        var policy = new RoutingPolicy(crossFit.Predictors, Prices(crossFit, budget));
        var table = Describe(rows, test);
        var chosen = new int[table.Rows];
        var scores = new float[_routes.Count];
        for (var row = 0; row < chosen.Length; row++)
        {
            policy.Score(table.Row(row), table.Fold(row), scores);
            chosen[row] = ArgMax.Of(scores);
        }

        var choices = new Choices(_routes, chosen);
        return (choices.Accuracy(outcomes), choices.MeanCost / _family.LargestCost);
    }

    private IReadOnlyList<Route> Routes()
    {
        if (_variant.Look == FirstLook.CheapestResolution)
        {
            return _family.RoutesUpTo(_variant.MaxRouteSize);
        }

        var (names, costs) = (_family.Scorers.Names, _family.Scorers.Costs);
        var look = _variant.Look == FirstLook.OwnModel ? costs[0] : 0;
        return Enumerable.Range(0, costs.Count)
            .SelectMany(first => RouteEnumeration.Enumerate(names, costs, first, _variant.MaxRouteSize))
            .Select(r => new Route(r.Resolutions, names, r.Cost + look))
            .OrderBy(r => r.Cost)
            .ThenBy(r => r.Resolutions.Count)
            .ToList();
    }

    private FirstLookFeatures Features()
    {
        var fitted = FirstLookFeatures.Of(_family.Task, 0, _ensembles);
        return new FirstLookFeatures(
            _family.Task,
            0,
            _variant.Embedding ? fitted.EmbeddingLength : 0,
            fitted.InverseTemperature,
            _variant.CalibratedFeatures ? fitted.Pools : null);
    }

    private FeatureTable Describe(int[] rows, Observations observations)
    {
        var features = new FloatRows(_variant.Look == FirstLook.Thumbnail ? _family.Thumbnail(0).Length : _features.Count);
        for (var i = 0; i < rows.Length; i++)
        {
            if (_variant.Look == FirstLook.Thumbnail)
            {
                _family.Thumbnail(rows[i]).CopyTo(features.Add());
            }
            else
            {
                _features.Describe(observations.Kept(0, i), observations.Fold(i), features.Add());
            }
        }

        return new FeatureTable(features, observations.Folds.ToArray(), observations.FoldCount, null);
    }

    /// <summary>Two folds that hold all rows each: the predictor of either is fitted to all rows, and predicts rows that it has seen.</summary>
    private CrossFit FitToAllRows()
    {
        var rows = _table.Rows;
        var features = new FloatRows(_table.Count);
        for (var i = 0; i < 2 * rows; i++)
        {
            _table.Row(i % rows).CopyTo(features.Add());
        }

        var twice = new FeatureTable(features, Enumerable.Range(0, 2 * rows).Select(i => (byte)(i / rows)).ToArray(), 2, null);
        var seen = RidgeCrossFit.Fit(twice, new RouteTable([.. _losses.Values, .. _losses.Values], _routes.Count), CancellationToken.None);
        return seen with
        {
            Predictors = Enumerable.Repeat(seen.Predictors[0], _table.FoldCount).ToArray(),
            HeldOut = new RouteTable(seen.HeldOut.Values[.._losses.Values.Length], _routes.Count),
        };
    }

    /// <summary>Fits to the transport plan of a budget, then in turn the plan to what was predicted and the predictor to the new plan.</summary>
    private CrossFit FitPlan(double budget)
    {
        CrossFit? crossFit = null;
        for (var round = 0; round <= _variant.Alternations; round++)
        {
            var plan = PlanTargets.Solve(_losses, crossFit?.HeldOut, _routes, _variant.Prior, budget, null, PlanSmoothing, CancellationToken.None);
            crossFit = plan.ToLosses(PlanCrossFit.Fit(_table, plan.Rows, CancellationToken.None));
        }

        return crossFit!;
    }

    private PriceCalibration Prices(CrossFit crossFit, double budget)
    {
        if (_variant.Prices != PriceSource.SinglePrice)
        {
            var losses = _variant.Prices == PriceSource.TrueLossTransport ? _losses : crossFit.HeldOut;
            return PriceFit.Solve(losses, _routes, _variant.Prior, budget, null, CancellationToken.None);
        }

        // The largest price under which the rows spend no more than the budget: 60 halvings of an interval that holds it.
        double low = 0, high = 100;
        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = crossFit.HeldOut.Choose(Prices(middle)).Average(k => _routes[k].Cost) > budget ? (middle, high) : (low, middle);
        }

        return new PriceCalibration(Prices(high), new double[_routes.Count], budget, budget, 0, high, _table.Rows);
    }

    /// <summary>Prices of the routes at one price of cost.</summary>
    private float[] Prices(double price) => _routes.Select(r => (float)(-price * r.Cost / _family.LargestCost)).ToArray();
}
