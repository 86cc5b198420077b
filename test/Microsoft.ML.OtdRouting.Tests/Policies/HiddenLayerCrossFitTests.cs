using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class HiddenLayerCrossFitTests
{
    private const int Rows = 600;
    private const int Features = 4;
    private const int Routes = 3;

    [Theory]
    [InlineData(RoutingObjective.Loss)]
    [InlineData(RoutingObjective.Plan)]
    public void The_gradient_agrees_with_finite_differences(RoutingObjective objective)
    {
        var (table, targets) = Problem(folds: 4, weighted: true);
        if (objective == RoutingObjective.Plan)
        {
            targets = Enumerable.Range(0, targets.Length).Select(i => i % Routes == i / Routes % Routes ? 1f : 0).ToArray();
        }

        var design = new float[Rows * (Features + 1)];
        for (var i = 0; i < design.Length; i++)
        {
            design[i] = i % (Features + 1) < Features ? table.Row(i / (Features + 1))[i % (Features + 1)] : 1;
        }

        var random = new Random(3);
        var linear = targets.Select(_ => random.NextSingle()).ToArray();
        var tested = new HiddenLayerObjective(table, design, targets, linear, objective, 5, 0.7, Enumerable.Range(0, Rows).ToArray());
        var point = Enumerable.Range(0, tested.Parameters).Select(_ => random.NextDouble() - 0.5).ToArray();
        var (gradient, ignored) = (new double[point.Length], new double[point.Length]);
        tested.Evaluate(point, gradient);
        for (var i = 0; i < point.Length; i++)
        {
            const double Step = 2e-3;
            var (up, down) = (point.ToArray(), point.ToArray());
            up[i] += Step;
            down[i] -= Step;
            Assert.Equal((tested.Evaluate(up, ignored) - tested.Evaluate(down, ignored)) / (2 * Step), gradient[i], 2e-3);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Bent_losses_are_predicted_better_than_by_a_line(int folds)
    {
        var (table, targets) = Problem(folds, weighted: false);
        var linear = RidgeCrossFit.Fit(table, targets, Routes, default);
        var corrected = Correct(linear, table, targets);
        Assert.True(corrected.Error < 0.3 * linear.Error, $"error {corrected.Error}, of the line {linear.Error}");
        var predicted = new float[Routes];
        for (var row = 0; row < Rows; row++)
        {
            corrected.Predictors[table.Fold(row)].Predict(table.Row(row), predicted);
            Assert.Equal(predicted, corrected.HeldOut[(row * Routes)..((row + 1) * Routes)]);
        }
    }

    [Fact]
    public void Where_it_does_not_help_the_line_stays()
    {
        var (table, _) = Problem(folds: 5, weighted: false);
        var targets = Enumerable.Range(0, Rows * Routes).Select(i => (i % Routes) + table.Row(i / Routes)[i % Routes]).ToArray();
        var linear = RidgeCrossFit.Fit(table, targets, Routes, default);
        Assert.True(Correct(linear, table, targets).Error <= linear.Error);
        Assert.Same(linear, HiddenLayerCrossFit.Correct(linear, table, targets, RoutingObjective.Loss, 0, default));
    }

    [Fact]
    public void The_fit_can_be_repeated_and_a_row_s_own_target_does_not_reach_its_prediction()
    {
        var (table, targets) = Problem(folds: 4, weighted: true);
        var linear = RidgeCrossFit.Fit(table, targets, Routes, default);
        var first = Correct(linear, table, targets);
        Assert.Equal(first.HeldOut, Correct(linear, table, targets).HeldOut);
        var changed = targets.Select((t, i) => table.Fold(i / Routes) == 2 ? t + (0.01f * (i % 7)) : t).ToArray();
        var after = Correct(linear, table, changed);
        Assert.Equal(first.Predictors[2].Hidden!.Input, after.Predictors[2].Hidden!.Input);
        Assert.NotEqual(first.Predictors[0].Hidden!.Input, after.Predictors[0].Hidden!.Input);
    }

    [Fact]
    public void Rows_without_weight_do_not_matter()
    {
        var (table, targets) = Problem(folds: 4, weighted: true);
        var linear = RidgeCrossFit.Fit(table, targets, Routes, default);
        var spoilt = targets.Select((t, i) => table.Weight(i / Routes) == 0 ? 9 : t).ToArray();
        Assert.Equal(Correct(linear, table, targets).HeldOut, Correct(linear, table, spoilt).HeldOut);
    }

    [Fact]
    public void Selected_and_scaled_predictors_agree_with_all_of_it()
    {
        var (table, targets) = Problem(folds: 4, weighted: false);
        var predictor = Correct(RidgeCrossFit.Fit(table, targets, Routes, default), table, targets).Predictors[1];
        var (all, some, scaled) = (new float[Routes], new float[2], new float[Routes]);
        predictor.Predict(table.Row(7), all);
        predictor.Select([2, 0]).Predict(table.Row(7), some);
        predictor.Scale(2, [1f, 2, 3]).Predict(table.Row(7), scaled);
        Assert.Equal([all[2], all[0]], some);
        for (var k = 0; k < Routes; k++)
        {
            Assert.Equal((2 * all[k]) + k + 1, scaled[k], 1e-4f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(257)]
    public void The_hidden_layer_has_a_sensible_size(int hidden) =>
        Assert.Contains($"has {hidden} units", Assert.Throws<ArgumentOutOfRangeException>(() => RoutingPredictor.Mlp(hidden)).Message);

    private static CrossFit Correct(CrossFit linear, FeatureTable table, float[] targets) =>
        HiddenLayerCrossFit.Correct(linear, table, targets, RoutingObjective.Loss, 16, default);

    /// <summary>Losses that are absolute values of features; every fourth row weighs nothing if rows have weights.</summary>
    private static (FeatureTable Table, float[] Targets) Problem(int folds, bool weighted)
    {
        var random = new Random(1);
        var features = Enumerable.Range(0, Rows * Features).Select(_ => (4 * random.NextSingle()) - 2).ToArray();
        var targets = new float[Rows * Routes];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = MathF.Abs(features[(i / Routes * Features) + (i % Routes)]) + (0.1f * random.NextSingle());
        }

        var weights = weighted ? Enumerable.Range(0, Rows).Select(row => (float)(row / 3 % 4)).ToArray() : null;
        var fold = Enumerable.Range(0, Rows).Select(row => (byte)(row % folds)).ToArray();
        return (new FeatureTable(features, Features, fold, folds, weights), targets);
    }
}
