using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class RidgeCrossFitTests
{
    private const int Rows = 240;
    private const int Features = 6;
    private const int Routes = 3;
    private const int Folds = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Predictors_solve_the_ridge_problem_of_the_other_folds(bool weighted)
    {
        var (table, targets) = Problem(weighted, noise: 0.5);
        var fit = RidgeCrossFit.Fit(table, targets, default);
        var (mean, deviation) = table.Standardise();
        for (var fold = 0; fold < Folds; fold++)
        {
            for (var route = 0; route < Routes; route++)
            {
                var (weights, bias) = DenseRidge(table, targets, fold, route, fit.Penalty, mean, deviation);
                for (var f = 0; f < Features; f++)
                {
                    Assert.Equal(weights[f], fit.Predictors[fold].Weights[(route * Features) + f], 1e-4);
                }

                Assert.Equal(bias, fit.Predictors[fold].Bias[route], 1e-3);
            }
        }
    }

    [Fact]
    public void Held_out_predictions_come_from_the_predictor_of_the_row_s_fold()
    {
        var (table, targets) = Problem(weighted: true, noise: 0.5);
        var fit = RidgeCrossFit.Fit(table, targets, default);
        var predicted = new float[Routes];
        for (var row = 0; row < Rows; row++)
        {
            fit.Predictors[table.Fold(row)].Predict(table.Row(row), predicted);
            Assert.Equal(predicted, fit.HeldOut.Row(row).ToArray());
        }
    }

    [Fact]
    public void A_row_s_own_target_does_not_reach_its_prediction()
    {
        var (table, targets) = Problem(weighted: false, noise: 0.5);
        var before = RidgeCrossFit.Fit(table, targets, default);
        var changed = new RouteTable(targets.Values.ToArray(), Routes);
        for (var row = 0; row < Rows; row++)
        {
            if (table.Fold(row) == 2)
            {
                changed[row, 0] += 0.001f * (row % 7);
            }
        }

        var after = RidgeCrossFit.Fit(table, changed, default);
        Assert.Equal(before.Penalty, after.Penalty);
        Assert.Equal(before.Predictors[2].Weights.ToArray(), after.Predictors[2].Weights.ToArray());
        Assert.NotEqual(before.Predictors[1].Weights.ToArray(), after.Predictors[1].Weights.ToArray());
    }

    [Fact]
    public void Linear_losses_are_found_and_noise_is_shrunk()
    {
        var (table, targets) = Problem(weighted: false, noise: 0);
        var exact = RidgeCrossFit.Fit(table, targets, default);
        Assert.Equal(0.001, exact.Penalty);
        Assert.All(exact.HeldOut.Values.Zip(targets.Values), pair => Assert.Equal(pair.Second, pair.First, 0.02));

        var (noisy, noise) = Problem(weighted: false, noise: 50);
        Assert.InRange(RidgeCrossFit.Fit(noisy, noise, default).Penalty, 0.3, 10);
    }

    [Fact]
    public void A_constant_feature_does_no_harm()
    {
        var (table, targets) = Problem(weighted: false, noise: 0.1, constant: true);
        var fit = RidgeCrossFit.Fit(table, targets, default);
        Assert.All(fit.HeldOut.Values, p => Assert.True(float.IsFinite(p)));
    }

    [Fact]
    public void Fitting_stops_when_it_is_told_to()
    {
        var (table, targets) = Problem(weighted: false, noise: 0.1);
        Assert.Throws<OperationCanceledException>(() => RidgeCrossFit.Fit(table, targets, new CancellationToken(true)));
    }

    private static (double[] Weights, double Bias) DenseRidge(
        FeatureTable table, RouteTable targets, int heldOut, int route, double penalty, double[] mean, double[] deviation)
    {
        const int size = Features + 1;
        var gram = new double[size, size + 1];
        var total = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            if (table.Fold(row) == heldOut)
            {
                continue;
            }

            var design = Enumerable.Range(0, size).Select(f => f == Features ? 1 : (table.Row(row)[f] - mean[f]) / deviation[f]).ToArray();
            total += table.Weight(row);
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++)
                {
                    gram[i, j] += table.Weight(row) * design[i] * design[j];
                }

                gram[i, size] += table.Weight(row) * design[i] * targets[row, route];
            }
        }

        for (var f = 0; f < Features; f++)
        {
            gram[f, f] += penalty * total;
        }

        var solution = GaussJordan(gram, size);
        var weights = Enumerable.Range(0, Features).Select(f => solution[f] / deviation[f]).ToArray();
        return (weights, solution[Features] - weights.Zip(mean, (w, m) => w * m).Sum());
    }

    private static double[] GaussJordan(double[,] system, int size)
    {
        for (var pivot = 0; pivot < size; pivot++)
        {
            for (var row = 0; row < size; row++)
            {
                if (row == pivot)
                {
                    continue;
                }

                var factor = system[row, pivot] / system[pivot, pivot];
                for (var column = 0; column <= size; column++)
                {
                    system[row, column] -= factor * system[pivot, column];
                }
            }
        }

        return Enumerable.Range(0, size).Select(i => system[i, size] / system[i, i]).ToArray();
    }

    private static (FeatureTable Table, RouteTable Targets) Problem(bool weighted, double noise, bool constant = false)
    {
        var random = new Random(17);
        var features = new FloatRows(Features);
        var targets = new RouteTable(Rows, Routes);
        for (var row = 0; row < Rows; row++)
        {
            var described = features.Add();
            for (var f = 0; f < Features; f++)
            {
                described[f] = constant && f == 0 ? 4 : (float)((random.NextDouble() * (f + 1)) + (10 * f));
            }

            for (var route = 0; route < Routes; route++)
            {
                var value = route + Enumerable.Range(0, Features).Sum(f => features[row][f] * Math.Sin(f + (2 * route)) / (f + 1));
                targets[row, route] = (float)(value + (noise * (random.NextDouble() - 0.5)));
            }
        }

        var folds = Enumerable.Range(0, Rows).Select(_ => (byte)random.Next(Folds)).ToArray();
        var weights = weighted ? Enumerable.Range(0, Rows).Select(_ => (float)(2 * random.NextDouble())).ToArray() : null;
        return (new FeatureTable(features, folds, Folds, weights), targets);
    }
}
