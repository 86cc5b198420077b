using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>Fits a <see cref="Variant"/> from the product's parts. The variant that changes nothing is the product's router without pruning and without choice of the first look.</summary>
internal sealed class VariantRouter
{
    private readonly ScoredFamily _family;
    private readonly Variant _variant;
    private readonly IReadOnlyList<Route> _routes;
    private readonly EnsembleFit _ensembles;
    private readonly FeatureCalibration? _featureCalibration;
    private readonly float[] _losses;
    private readonly CrossFit _crossFit;
    private readonly int _rows;

    public VariantRouter(ScoredFamily family, Variant variant, OutputTable table, EnsembleCache ensembles)
    {
        _family = family;
        _variant = variant;
        _routes = family.RoutesUpTo(variant.MaxRouteSize);
        _ensembles = ensembles.Fit(table, _routes, variant.Loss.NeedsLabel, variant.Pools);
        var outcomes = RouteOutcomes.Compute(
            Values(table),
            _routes,
            row => variant.CrossFitting ? _ensembles.ByFold[table.Fold(row)] : _ensembles.Deployed,
            variant.Loss);
        _losses = outcomes.Losses;
        _rows = table.Rows;
        _featureCalibration = variant.CalibratedFeatures ? family.Features.CalibrateTo(_ensembles) : null;
        var features = Features(table);
        if (variant.CrossFitting)
        {
            _crossFit = RidgeCrossFit.Fit(features, _losses, _routes.Count, CancellationToken.None);
            return;
        }

        // Two folds that hold all rows each: the predictor of either is fitted to all rows, and predicts rows that it has seen.
        var twice = new FeatureTable(
            [.. AllFeatures(features), .. AllFeatures(features)],
            features.Count,
            Enumerable.Range(0, 2 * _rows).Select(i => (byte)(i / _rows)).ToArray(),
            2,
            null);
        var seen = RidgeCrossFit.Fit(twice, [.. _losses, .. _losses], _routes.Count, CancellationToken.None);
        _crossFit = seen with
        {
            Predictors = Enumerable.Repeat(seen.Predictors[0], table.FoldCount).ToArray(),
            HeldOut = seen.HeldOut[.._losses.Length],
        };
    }

    /// <summary>Accuracy and mean cost, as a fraction of the largest resolution's, at a budget on other rows.</summary>
    public (double Accuracy, double Cost) Measure(OutputTable test, double fraction)
    {
        var outcomes = RouteOutcomes.Compute(Values(test), _routes, _ => _ensembles.Deployed, RoutingLoss.ExpectedError);
        var policy = new RoutingPolicy(_family.Features, null, _crossFit.Predictors, Prices(fraction * _family.LargestCost));
        var choices = Choices.Of(policy, Features(test), _routes);
        return (choices.Accuracy(outcomes), choices.MeanCost / _family.LargestCost);
    }

    private PriceCalibration Prices(double budget)
    {
        budget = Math.Clamp(budget, _routes[0].Cost, _routes[^1].Cost);
        if (_variant.Prices != PriceSource.SinglePrice)
        {
            var losses = _variant.Prices == PriceSource.TrueLossTransport ? _losses : _crossFit.HeldOut;
            return PriceFit.Solve(losses, _rows, _routes, _variant.Prior, budget, null, CancellationToken.None);
        }

        // The largest price under which the rows spend no more than the budget: 60 halvings of an interval that holds it.
        double low = 0, high = 100;
        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = Spent(middle) > budget ? (middle, high) : (low, middle);
        }

        return new PriceCalibration(
            _routes.Select(r => (float)(-high * r.Cost / _family.LargestCost)).ToArray(), new double[_routes.Count], budget, budget, 0, high, _rows);
    }

    private double Spent(double price)
    {
        var sum = 0.0;
        for (var row = 0; row < _rows; row++)
        {
            var best = 0;
            double Value(int k) => _crossFit.HeldOut[(row * _routes.Count) + k] + (price * _routes[k].Cost / _family.LargestCost);
            for (var k = 1; k < _routes.Count; k++)
            {
                best = Value(k) < Value(best) ? k : best;
            }

            sum += _routes[best].Cost;
        }

        return sum / _rows;
    }

    private LogProbabilityTable Values(OutputTable table) =>
        new(table, _family.Scorers.OutputKinds, _ensembles.Deployed.InverseTemperatures.ToArray());

    private FeatureTable Features(OutputTable table)
    {
        var all = table.ToFeatureTable(_featureCalibration);
        if (_variant.Features is null)
        {
            return all;
        }

        var kept = Enumerable.Range(0, all.Count).Where(_variant.Features).ToArray();
        var values = Enumerable.Range(0, all.Rows).SelectMany(row => kept.Select(i => all.Row(row)[i])).ToArray();
        return new FeatureTable(values, kept.Length, Enumerable.Range(0, all.Rows).Select(r => (byte)all.Fold(r)).ToArray(), all.FoldCount, null);
    }

    private static IEnumerable<float> AllFeatures(FeatureTable table) => Enumerable.Range(0, table.Rows).SelectMany(row => table.Row(row).ToArray());
}
