using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class CalibrationTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    [Fact]
    public void Temperatures_minimise_the_likelihood_among_all_of_a_scan()
    {
        var fitted = TemperatureFit.Fit(outputs.Observations, outputs.Task, outputs.Task.Labels(outputs.Observations), AlignedBy.Nothing, [0, 1, 2]);
        for (var resolution = 0; resolution < fitted.Length; resolution++)
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
        Span<float> target = stackalloc float[3];
        LogProbabilities.Compute(ModelOutputKind.Probabilities, 1, [0.7f, 0.2f, 0.1f], target);
        Assert.Equal(MathF.Log(0.7f), target[0], 1e-6f);
        Assert.Equal(MathF.Log(0.1f), target[2], 1e-6f);
        LogProbabilities.Compute(ModelOutputKind.Probabilities, 2, [0.8f, 0.2f, 0], target);
        Assert.Equal(MathF.Log(0.64f / 0.68f), target[0], 1e-5f);
        Assert.Equal(LogProbabilities.Least, target[2]);
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
        for (var row = 0; row < outputs.Observations.Rows; row++)
        {
            for (var m = 0; m < route.Resolutions.Count; m++)
            {
                table.Read(route.Resolutions[m], row, gathered.AsSpan(m * table.Classes, table.Classes));
            }

            pool.Combine(gathered, probabilities);
            Assert.Equal(1, probabilities.Sum(), 1e-5);
            sum -= outputs.Observations.Weight(row) * Math.Log(probabilities[outputs.Labels[row]]);
            weight += outputs.Observations.Weight(row);
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
        var values = Values();
        var fit = EnsembleFit.Fit(values, routes, default);
        Assert.Equal(5, fit.ByFold.Count);
        for (var k = 0; k < routes.Count; k++)
        {
            var plain = MeanLoss(values, routes[k], LogPool.Uniform(routes[k].Resolutions.Count, 3));
            Assert.InRange(MeanLoss(values, routes[k], fit.Deployed.Pools[k]), 0, plain + 1e-4);
        }
    }

    [Fact]
    public void Teachers_say_what_their_resolutions_say()
    {
        var rows = ColourPictures.Rows(120, seed: 4);
        RowLabels Labels(ClassificationTeacher teacher)
        {
            var task = outputs.Bind(new ClassificationTask { Teacher = teacher });
            return task.Labels(outputs.Read(rows, weighted: false, task));
        }

        var observations = outputs.Read(rows, weighted: false);
        int Best(Func<int, float> scoreOf) => Enumerable.Range(0, 3).MaxBy(scoreOf);
        float[] LogProbabilitiesOf(int resolution, int row)
        {
            var target = new float[3];
            LogProbabilities.Compute(ModelOutputKind.Logits, 1, observations.Kept(resolution, row), target);
            return target;
        }

        var (largest, mean, weighted) = (Labels(ClassificationTeacher.Largest), Labels(ClassificationTeacher.Mean), Labels(ClassificationTeacher.Weighted));
        for (var row = 0; row < rows.Count; row++)
        {
            var said = Enumerable.Range(0, 3).Select(r => LogProbabilitiesOf(r, row)).ToArray();
            Assert.Equal(Best(c => said[2][c]), largest.Supervision[row]);
            Assert.Equal(Best(c => said.Sum(s => MathF.Exp(s[c]))), mean.Supervision[row]);
            Assert.Equal(Best(c => said.Select((s, r) => MathF.Pow((float)outputs.Scorers.Costs[r], 1.5f) * MathF.Exp(s[c])).Sum()), weighted.Supervision[row]);
        }

        Assert.Equal(outputs.Task.Labels(observations).Truth, largest.Truth);
        Assert.NotEqual(mean.Supervision, largest.Supervision);
    }

    private IReadOnlyList<Route> Routes() =>
        RouteEnumeration.Enumerate(outputs.Scorers.Names, outputs.Scorers.Costs, 0, int.MaxValue);

    private LogProbabilityTable Values() =>
        new(outputs.Observations, outputs.Task, outputs.Task.Labels(outputs.Observations), AlignedBy.Nothing, [0.7f, 1, 1.3f], [0, 1, 2]);

    private (LogPoolLikelihood Likelihood, Route Route) Likelihood(Random random)
    {
        var route = new Route([0, 2], outputs.Scorers.Names, 1);
        var rows = Enumerable.Range(0, outputs.Observations.Rows).ToArray();
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
        for (var row = 0; row < outputs.Observations.Rows; row++)
        {
            for (var m = 0; m < route.Resolutions.Count; m++)
            {
                values.Read(route.Resolutions[m], row, gathered.AsSpan(m * values.Classes, values.Classes));
            }

            pool.Combine(gathered, probabilities);
            sum -= outputs.Observations.Weight(row) * Math.Log(probabilities[outputs.Labels[row]]);
            weight += outputs.Observations.Weight(row);
        }

        return sum / weight;
    }

    private double NegativeLogLikelihood(int resolution, double inverseTemperature)
    {
        double sum = 0, weight = 0;
        for (var row = 0; row < outputs.Observations.Rows; row++)
        {
            var logits = outputs.Observations.Kept(resolution, row).ToArray();
            var largest = logits.Max();
            var total = logits.Sum(z => Math.Exp(inverseTemperature * (z - largest)));
            sum += outputs.Observations.Weight(row) * (Math.Log(total) - (inverseTemperature * (logits[outputs.Labels[row]] - largest)));
            weight += outputs.Observations.Weight(row);
        }

        return sum / weight;
    }
}
