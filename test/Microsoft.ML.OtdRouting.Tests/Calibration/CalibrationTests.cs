using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Calibration;

public class CalibrationTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    [Fact]
    public void Temperatures_minimise_the_likelihood_among_all_of_a_scan()
    {
        var kinds = outputs.Scorers.OutputKinds;
        var fitted = TemperatureFit.Fit(outputs.Table, kinds);
        for (var resolution = 0; resolution < kinds.Length; resolution++)
        {
            var least = NegativeLogLikelihood(resolution, fitted[resolution]);
            for (var exponent = -3.0; exponent <= 3; exponent += 0.01)
            {
                Assert.InRange(least, 0, NegativeLogLikelihood(resolution, Math.Exp(exponent)) + 1e-9);
            }
        }
    }

    [Fact]
    public void Temperature_of_probabilities_is_that_of_their_logarithms()
    {
        var kinds = outputs.Scorers.OutputKinds.Select(_ => ModelOutputKind.Probabilities).ToArray();
        Span<float> target = stackalloc float[3];
        LogProbabilities.Compute(ModelOutputKind.Probabilities, 1, [0.7f, 0.2f, 0.1f], target);
        Assert.Equal(MathF.Log(0.7f), target[0], 1e-6f);
        Assert.Equal(MathF.Log(0.1f), target[2], 1e-6f);
        LogProbabilities.Compute(ModelOutputKind.Probabilities, 2, [0.8f, 0.2f, 0], target);
        Assert.Equal(MathF.Log(0.64f / 0.68f), target[0], 1e-5f);
        Assert.Equal(LogProbabilities.Least, target[2]);
        Assert.Equal(3, kinds.Length);
    }

    [Fact]
    public void Log_probabilities_of_huge_logits_are_finite()
    {
        Span<float> target = stackalloc float[3];
        LogProbabilities.Compute(ModelOutputKind.Logits, 1, [3e37f, -3e37f, 0], target);
        Assert.Equal(0, target[0]);
        Assert.Equal(LogProbabilities.Least, target[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_of_the_likelihood_matches_finite_differences(bool mixing)
    {
        var (likelihood, _) = Likelihood(new Random(5));
        var penalty = new PoolPenalty(2, mixing ? 7 : double.PositiveInfinity);
        var parameters = RandomParameters(likelihood.ParameterCount(mixing));
        var gradient = new double[parameters.Length];
        likelihood.Evaluate(parameters, gradient, penalty);
        var ignored = new double[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            const double step = 1e-2;
            double At(double shift)
            {
                var moved = parameters.ToArray();
                moved[i] += shift;
                return likelihood.Evaluate(moved, ignored, penalty);
            }

            // Fourth order: the sums are in single precision, so the step must not be small.
            var difference = ((8 * (At(step) - At(-step))) - (At(2 * step) - At(-2 * step))) / (12 * step);
            Assert.Equal(difference, gradient[i], 2e-4);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Likelihood_matches_a_direct_sum_over_the_pool(bool mixing)
    {
        var (likelihood, route) = Likelihood(new Random(6));
        var parameters = RandomParameters(likelihood.ParameterCount(mixing));
        var members = route.Resolutions.Count;
        float[] Slice(int start, int length) => parameters.Skip(start).Take(length).Select(p => (float)p).ToArray();
        var pool = new LogPool(Slice(0, members), Slice(members, 3), mixing ? Slice(members + 3, members * 9) : null);
        var table = Values();
        double sum = 0, weight = 0;
        var gathered = new float[members * 3];
        var probabilities = new float[3];
        for (var row = 0; row < outputs.Table.Rows; row++)
        {
            table.Gather(route, row, gathered);
            pool.Combine(gathered, probabilities);
            Assert.Equal(1, probabilities.Sum(), 1e-5);
            sum -= outputs.Table.Weight(row) * Math.Log(probabilities[outputs.Table.Labels[row]]);
            weight += outputs.Table.Weight(row);
        }

        Assert.Equal(sum / weight, likelihood.Mean(parameters), 1e-5);
    }

    [Fact]
    public void An_infinite_penalty_holds_the_bias()
    {
        var (likelihood, _) = Likelihood(new Random(7));
        var parameters = new double[likelihood.ParameterCount(false)];
        parameters[0] = parameters[1] = 0.5;
        var gradient = new double[parameters.Length];
        likelihood.Evaluate(parameters, gradient, PoolPenalty.Candidates[0]);
        Assert.All(gradient.Skip(2), g => Assert.Equal(0, g));
        Assert.Contains(gradient.Take(2), g => g != 0);
    }

    [Fact]
    public void A_pool_of_equals_is_the_normalised_geometric_mean()
    {
        var pool = LogPool.Uniform(2, 3);
        var probabilities = new float[3];
        float[] first = [0.5f, 0.3f, 0.2f], second = [0.1f, 0.8f, 0.1f];
        pool.Combine([.. first.Concat(second).Select(p => MathF.Log(p))], probabilities);
        var expected = first.Zip(second, (a, b) => MathF.Sqrt(a * b)).ToArray();
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(expected[c] / expected.Sum(), probabilities[c], 1e-6f);
        }
    }

    [Fact]
    public void Fitted_ensembles_are_no_less_likely_than_plain_ones_and_each_fold_has_its_own()
    {
        var routes = Routes();
        var kinds = outputs.Scorers.OutputKinds;
        var fit = EnsembleFit.Fit(outputs.Table, routes, kinds, labelled: true, default);
        Assert.Equal(5, fit.ByFold.Count);
        var values = new LogProbabilityTable(outputs.Table, kinds, fit.Deployed.InverseTemperatures.ToArray());
        for (var k = 0; k < routes.Count; k++)
        {
            var plain = MeanLoss(values, routes[k], LogPool.Uniform(routes[k].Resolutions.Count, 3));
            Assert.InRange(MeanLoss(values, routes[k], fit.Deployed.Pools[k]), 0, plain + 1e-4);
        }
    }

    [Fact]
    public void Without_labels_the_members_of_the_dearest_route_weigh_the_same_and_other_weights_are_bounded()
    {
        var routes = Routes();
        var fit = EnsembleFit.Fit(outputs.Table, routes, outputs.Scorers.OutputKinds, labelled: false, default);
        Assert.All(fit.Deployed.InverseTemperatures.ToArray(), t => Assert.Equal(1, t));
        Assert.All(fit.Deployed.Pools[^1].Weights, w => Assert.Equal(1f / fit.Deployed.Pools[^1].Weights.Count, w));
        Assert.All(fit.Deployed.Pools, p => Assert.All(p.Weights, w => Assert.InRange(w, -50, 50)));
    }

    private IReadOnlyList<Route> Routes() =>
        RouteEnumeration.Enumerate(outputs.Scorers.Names, outputs.Scorers.Costs, cheapestAlwaysRuns: true, int.MaxValue);

    private LogProbabilityTable Values() => new(outputs.Table, outputs.Scorers.OutputKinds, [0.7f, 1, 1.3f]);

    private (LogPoolLikelihood Likelihood, Route Route) Likelihood(Random random)
    {
        var route = new Route([0, 2], outputs.Scorers.Names, 1);
        var rows = Enumerable.Range(0, outputs.Table.Rows).ToArray();
        random.Shuffle(rows);
        return (new LogPoolLikelihood(Values(), route, rows), route);
    }

    private static double[] RandomParameters(int count)
    {
        var random = new Random(count);
        return Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.3).ToArray();
    }

    private double MeanLoss(LogProbabilityTable values, Route route, LogPool pool)
    {
        var gathered = new float[route.Resolutions.Count * 3];
        var probabilities = new float[3];
        double sum = 0, weight = 0;
        for (var row = 0; row < outputs.Table.Rows; row++)
        {
            values.Gather(route, row, gathered);
            pool.Combine(gathered, probabilities);
            sum -= outputs.Table.Weight(row) * Math.Log(probabilities[outputs.Table.Labels[row]]);
            weight += outputs.Table.Weight(row);
        }

        return sum / weight;
    }

    private double NegativeLogLikelihood(int resolution, double inverseTemperature)
    {
        double sum = 0, weight = 0;
        for (var row = 0; row < outputs.Table.Rows; row++)
        {
            var logits = outputs.Table.Output(resolution, row).ToArray();
            var largest = logits.Max();
            var total = logits.Sum(z => Math.Exp(inverseTemperature * (z - largest)));
            sum += outputs.Table.Weight(row) * (Math.Log(total) - (inverseTemperature * (logits[outputs.Table.Labels[row]] - largest)));
            weight += outputs.Table.Weight(row);
        }

        return sum / weight;
    }
}
