using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Evaluation;

public class RouterMetricsTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Metrics_equal_a_count_by_hand()
    {
        var rows = ColourPictures.Rows(300, seed: 2);
        var scored = colours.Router.Transform(colours.WithKeys(colours.Load(rows)));
        var values = RoutedValues.Read(scored);
        var metrics = colours.Context.OtdRouting().Evaluate(scored, ColourRouter.Keyed);

        // Keys in order of occurrence.
        var keys = rows.Select(r => r.Label).Distinct().ToList();
        var right = rows.Select((r, i) => keys[(int)values.PredictedKeys[i] - 1] == r.Label ? 1.0 : 0).Average();
        var logLoss = rows.Select((r, i) => -Math.Log(values.Scores[i][keys.IndexOf(r.Label)])).Average();
        Assert.Equal(300, metrics.Rows);
        Assert.Equal(right, metrics.Quality, 1e-12);
        Assert.Equal(logLoss, metrics["log-loss"], 1e-6);
        Assert.Equal(values.Costs.Average(c => (double)c), metrics.MeanCost, 1e-3);
        Assert.Equal((metrics.MeanCost / metrics.Budget) - 1, metrics.BudgetError, 1e-12);
        Assert.Equal(["4", "4+8", "16", "4+16", "4+8+16"], metrics.RouteNames);
        for (var k = 0; k < metrics.RouteNames.Count; k++)
        {
            Assert.Equal(values.Routes.Count(r => r == k + 1) / 300.0, metrics.RouteShares[k], 1e-12);
            Assert.Equal(colours.Router.Routes[k].Cost, metrics.RouteCosts[k]);
            Assert.Equal(colours.Router.PlannedShares[k], metrics.PlannedShares[k]);
        }

        var entropy = Entropy(metrics.RouteShares);
        Assert.Equal(entropy / Math.Log(metrics.RouteNames.Count), metrics.NormalizedEntropy, 1e-12);
        Assert.Equal(1 - (entropy / Entropy(metrics.PlannedShares)), metrics.CollapseIndex, 1e-12);
        var mean = metrics.PlannedShares.Zip(metrics.RouteCosts, (s, c) => s * c).Sum();
        var deviation = Math.Sqrt(metrics.PlannedShares.Zip(metrics.RouteCosts, (s, c) => s * (c - mean) * (c - mean)).Sum());
        Assert.Equal(deviation * Math.Sqrt((1.0 / ColourRouter.FittingRows) + (1.0 / 300)), metrics.CostStandardError, 1e-6);
    }

    [Fact]
    public void Accuracy_and_log_loss_are_those_of_the_built_in_evaluator()
    {
        var scored = colours.Router.Transform(colours.Test(300));
        var metrics = colours.Context.OtdRouting().Evaluate(scored, ColourRouter.Keyed);
        var builtIn = colours.Context.MulticlassClassification.Evaluate(scored, "Key");
        Assert.Equal(builtIn.MicroAccuracy, metrics.Quality, 1e-12);
        Assert.Equal(builtIn.LogLoss, metrics["log-loss"], 1e-6);
    }

    [Fact]
    public void Without_a_label_the_use_of_the_routes_is_still_told()
    {
        var scored = colours.Router.Transform(colours.Load(ColourPictures.Rows(50, seed: 2)));
        var metrics = colours.Context.OtdRouting().Evaluate(scored, new ClassificationTask { LabelColumnName = "Absent" });
        Assert.True(double.IsNaN(metrics.Quality));
        Assert.True(double.IsNaN(metrics["log-loss"]));
        Assert.Equal(1, metrics.RouteShares.Sum(), 1e-12);
    }

    [Fact]
    public void Columns_that_no_router_made_are_refused()
    {
        var scored = colours.Router.Transform(colours.Test(20));
        var evaluation = colours.Context.OtdRouting();
        Assert.Contains("'Absent'", Assert.Throws<ArgumentException>(() => evaluation.Evaluate(scored, ColourRouter.Keyed, routeColumnName: "Absent")).Message);
        Assert.Contains("router", Assert.Throws<ArgumentException>(() => evaluation.Evaluate(scored, ColourRouter.Keyed, routeColumnName: "Weekday")).Message);
        Assert.Contains("'Label'", Assert.Throws<ArgumentException>(() => evaluation.Evaluate(scored)).Message);
        Assert.Contains("empty", Assert.Throws<InvalidOperationException>(() => evaluation.Evaluate(colours.Router.Transform(colours.Test(0)), ColourRouter.Keyed)).Message);
    }

    [Fact]
    public void Comparison_measures_the_router_as_its_columns_do()
    {
        var test = colours.Test(300);
        var comparison = colours.Context.OtdRouting().Compare(colours.Router, test);
        var metrics = colours.Context.OtdRouting().Evaluate(colours.Router.Transform(test), ColourRouter.Keyed);
        Assert.Equal(metrics.Quality, comparison.Metrics.Quality);
        Assert.Equal(metrics["log-loss"], comparison.Metrics["log-loss"], 1e-5);
        Assert.Equal(metrics.RouteShares, comparison.Metrics.RouteShares);
        Assert.Equal(metrics.MeanCost, comparison.Metrics.MeanCost, 1e-6);
        Assert.Equal(["4", "8", "16"], comparison.Resolutions.Select(r => r.Name));
        Assert.Equal(ColourModels.Sizes.Select(ColourModels.Flops), comparison.Resolutions.Select(r => r.MeanCost));
    }

    [Fact]
    public void Sweep_bounds_regret_and_the_Monge_gap_at_every_budget()
    {
        var fractions = new[] { 0.1, 0.2, 0.35, 0.5, 0.8, 1, 1.2 };
        var sweep = colours.Context.OtdRouting().Sweep(colours.Router, colours.Test(300), fractions.Select(ComputeBudget.FractionOfLargest).ToList());
        Assert.Equal(fractions.Length, sweep.Count);
        foreach (var (comparison, fraction) in sweep.Zip(fractions))
        {
            Assert.Equal(fraction * ColourModels.Flops(16), comparison.Metrics.Budget, 1e-6);
            Assert.InRange(comparison.MongeGap, -1e-9, 1);
            // A router that costs a little more than its budget may lose a little less than a plan that keeps to it.
            Assert.InRange(comparison.Regret, -0.02, 1);
            Assert.InRange(comparison.Oracle.MeanCost, 0, comparison.Metrics.Budget * (1 + 1e-9));
            Assert.InRange(comparison.Oracle.Quality, comparison.Metrics.Quality - 0.02, 1);
            Assert.InRange(comparison.Cascade.MeanCost, 0, comparison.Metrics.MeanCost);
        }
    }

    [Fact]
    public void Comparison_needs_exactly_one_router()
    {
        var evaluation = colours.Context.OtdRouting();
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting);
        Assert.Contains("found 0", Assert.Throws<ArgumentException>(() => evaluation.Compare(keys, colours.Fitting)).Message);
        var two = new TransformerChain<ITransformer>(colours.Router, colours.Router);
        Assert.Contains("found 2", Assert.Throws<ArgumentException>(() => evaluation.Compare(two, colours.Fitting)).Message);
        var chain = new TransformerChain<ITransformer>(keys, new TransformerChain<ITransformer>(colours.Router));
        Assert.Equal(ColourRouter.FittingRows, evaluation.Compare(chain, colours.Fitting).Metrics.Rows);
    }

    private static double Entropy(IEnumerable<double> shares) => -shares.Where(s => s > 0).Sum(s => s * Math.Log(s));
}
