using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class PlanCrossFitTests
{
    private const int Rows = 600;
    private const int Folds = 4;

    [Fact]
    public void It_learns_the_distribution_that_made_the_targets()
    {
        // Targets are the softmax of linear scores: the fit must find them, up to a constant of the row.
        var (table, targets, scores) = Sample(null);
        var fit = PlanCrossFit.Fit(table, targets, 3, CancellationToken.None);
        for (var row = 0; row < Rows; row += 37)
        {
            var found = fit.HeldOut[(row * 3) + 1] - fit.HeldOut[row * 3];
            Assert.Equal(-(scores[(row * 3) + 1] - scores[row * 3]), found, 0.1f);
        }
    }

    [Fact]
    public void A_row_is_held_out_from_its_own_fold()
    {
        var (table, targets, _) = Sample(null);
        var before = PlanCrossFit.Fit(table, targets, 3, CancellationToken.None);
        var changed = targets.ToArray();
        for (var row = 0; row < Rows; row++)
        {
            if (table.Fold(row) == 0)
            {
                (changed[row * 3], changed[(row * 3) + 1]) = (changed[(row * 3) + 1], changed[row * 3]);
            }
        }

        var after = PlanCrossFit.Fit(table, changed, 3, CancellationToken.None);
        // With the same penalty, the predictor of fold 0 has not seen the change; the others have.
        if (before.Penalty == after.Penalty)
        {
            Assert.Equal(before.Predictors[0].Weights.ToArray(), after.Predictors[0].Weights.ToArray());
        }

        Assert.NotEqual(before.Predictors[1].Weights.ToArray(), after.Predictors[1].Weights.ToArray());
    }

    [Fact]
    public void Rows_without_weight_do_not_count()
    {
        var weights = Enumerable.Range(0, Rows).Select(row => row % 2 == 0 ? 1f : 0f).ToArray();
        var (table, targets, _) = Sample(weights);
        var spoilt = targets.Select((t, i) => i / 3 % 2 == 0 ? t : 1 / 3f).ToArray();
        Assert.Equal(
            PlanCrossFit.Fit(table, targets, 3, CancellationToken.None).HeldOut,
            PlanCrossFit.Fit(table, spoilt, 3, CancellationToken.None).HeldOut);
    }

    [Fact]
    public void The_plan_of_a_row_sums_to_one_and_keeps_the_budget()
    {
        var sample = new PredictedLosses(1000, [1, 2, 4], seed: 9);
        var targets = PlanTargets.Solve(sample.Losses, null, sample.Routes, RoutingPrior.BudgetOnly(), 2, null, 0.05, CancellationToken.None).Rows;
        var cost = 0.0;
        for (var row = 0; row < 1000; row++)
        {
            Assert.Equal(1, targets[row * 3] + targets[(row * 3) + 1] + targets[(row * 3) + 2], 1e-5f);
            cost += targets[row * 3] + (2 * targets[(row * 3) + 1]) + (4 * targets[(row * 3) + 2]);
        }

        Assert.True(cost <= 2000.1);
    }

    [Fact]
    public void A_larger_epsilon_spreads_the_plan()
    {
        var sample = new PredictedLosses(300, [1, 2, 4], seed: 9);
        double[] largest = [.. new[] { 0.01, 0.1, 1 }.Select(epsilon =>
            PlanTargets.Solve(sample.Losses, null, sample.Routes, RoutingPrior.BudgetOnly(), 2, null, epsilon, CancellationToken.None).Rows.Chunk(3).Average(r => r.Max()))];
        Assert.True(largest[0] > largest[1] && largest[1] > largest[2], string.Join(", ", largest));
    }

    private static (FeatureTable Table, float[] Targets, float[] Scores) Sample(float[]? weights)
    {
        var random = new Random(5);
        var features = new float[Rows * 2];
        var scores = new float[Rows * 3];
        var targets = new float[Rows * 3];
        var folds = new byte[Rows];
        for (var row = 0; row < Rows; row++)
        {
            var (a, b) = ((float)random.NextDouble() * 4, (float)random.NextDouble() - 0.5f);
            (features[2 * row], features[(2 * row) + 1]) = (a, b);
            float[] s = [0.5f * a, 1 - (3 * b), 0.3f * a * 1];
            var total = s.Sum(MathF.Exp);
            for (var k = 0; k < 3; k++)
            {
                scores[(row * 3) + k] = s[k];
                targets[(row * 3) + k] = MathF.Exp(s[k]) / total;
            }

            folds[row] = (byte)random.Next(Folds);
        }

        return (new FeatureTable(features, 2, folds, Folds, weights), targets, scores);
    }
}
