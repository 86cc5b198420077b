using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class LikelyClassesTests(ScoredOutputs few, ManyClasses many) : IClassFixture<ScoredOutputs>, IClassFixture<ManyClasses>
{
    private static readonly int[] Members = [0, 2];

    [Theory]
    [InlineData(false, double.PositiveInfinity)]
    [InlineData(false, 3)]
    [InlineData(true, double.PositiveInfinity)]
    [InlineData(true, 3)]
    public void Where_every_class_is_likely_the_likelihood_is_that_of_all(bool soft, double bias)
    {
        var task = few.Bind(new ClassificationTask { Teacher = soft ? ClassificationTeacher.Mean : null });
        AssertLikeDense(Table(task, few.Observations), few.Scorers.Names, bias);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(15)]
    public void Sixteen_classes_are_all_likely(int classes)
    {
        var task = many.Bind(classes);
        AssertLikeDense(Table(task, ManyClasses.Read(task, seed: 4)), many.Scorers.Names, 3);
    }

    [Theory]
    [InlineData(false, double.PositiveInfinity)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public void The_gradient_matches_finite_differences(bool soft, double bias)
    {
        var (table, likely, rows) = Many(soft);
        var likelihood = new SparseLogPoolLikelihood(table, likely, Route(many.Scorers.Names), rows);
        var parameters = Parameters(likelihood.ParameterCount(false), hasBias: double.IsFinite(bias));
        var penalty = new PoolPenalty(bias, double.PositiveInfinity);
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

            // Where the bias is held, its gradient is zero whatever the likelihood does.
            var held = i >= Members.Length && double.IsInfinity(bias);
            var difference = held ? 0 : ((8 * (At(step) - At(-step))) - (At(2 * step) - At(-2 * step))) / (12 * step);
            Assert.Equal(difference, gradient[i], 2e-4);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_resolutions_find_likely_is_kept_and_the_rest_is_one(bool soft)
    {
        var (table, likely, rows) = Many(soft);
        var said = new float[ManyClasses.Classes];
        foreach (var row in rows.Where(row => row % 10 == 0))
        {
            var found = likely[row];
            Assert.Equal(found.Classes.Order().Distinct(), found.Classes);
            Assert.Equal(ManyClasses.Classes - found.Classes.Length, found.Rest);
            Assert.Equal(found.Classes.Length + 1, found.Length);
            Assert.InRange(found.Classes.Length, 16, 48);
            Assert.Equal(1, found.Target.Sum(), 1e-5f);
            for (var i = 0; i < found.Classes.Length; i++)
            {
                Assert.Equal(soft ? table.Soft(row)[found.Classes[i]] : found.Classes[i] == table.Labels[row] ? 1 : 0, found.Target[i]);
            }

            Assert.Contains(table.Labels[row], found.Classes);
            for (var m = 0; m < Members.Length; m++)
            {
                Assert.Equal(m, likely.PlaceOf(Members[m]));
                table.Read(Members[m], row, said);
                Assert.Empty(Enumerable.Range(0, said.Length).OrderByDescending(c => said[c]).Take(16).Except(found.Classes));
                Assert.Equal(found.Classes.Select(c => said[c]), found.Of(m)[..^1].ToArray());
                var rest = Enumerable.Range(0, said.Length).Except(found.Classes).Average(c => Math.Exp(said[c]));
                Assert.Equal(Math.Log(rest), found.Of(m)[^1], 1e-4);
            }
        }
    }

    [Fact]
    public void The_rest_hardly_counts_where_likely_classes_have_nearly_all()
    {
        var (table, likely, rows) = Many(soft: false);
        var route = Route(many.Scorers.Names);
        var (sparse, dense) = (new SparseLogPoolLikelihood(table, likely, route, rows), new LogPoolLikelihood(table, route, rows));
        Assert.Equal(dense.Weight, sparse.Weight, 1e-6);
        foreach (var weights in new[] { new[] { 0.5, 0.5 }, [0.2, 1.1], [1, 0.1] })
        {
            double[] parameters = [.. weights, .. new double[ManyClasses.Classes]];
            Assert.Equal(dense.Mean(parameters), sparse.Mean(parameters), 0.02);
        }

        Assert.Throws<NotSupportedException>(() => sparse.ParameterCount(mixing: true));
    }

    private static void AssertLikeDense(LogProbabilityTable table, IReadOnlyList<string> names, double bias)
    {
        var rows = Enumerable.Range(0, table.Rows).Where(row => row % 3 != 1).ToArray();
        var likely = LikelyClasses.Of(table, Members, CancellationToken.None);
        var (sparse, dense) = (new SparseLogPoolLikelihood(table, likely, Route(names), rows), new LogPoolLikelihood(table, Route(names), rows));
        Assert.Equal(dense.Rows, sparse.Rows);
        Assert.Equal(dense.ParameterCount(false), sparse.ParameterCount(false));
        var parameters = Parameters(dense.ParameterCount(false), hasBias: double.IsFinite(bias));
        var (expected, found) = (new double[parameters.Length], new double[parameters.Length]);
        var penalty = new PoolPenalty(bias, double.PositiveInfinity);
        Assert.Equal(dense.Evaluate(parameters, expected, penalty), sparse.Evaluate(parameters, found, penalty), 1e-4);
        Assert.Equal(dense.Mean(parameters), sparse.Mean(parameters), 1e-4);
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, 1e-4));
        Assert.All(rows, row => Assert.Equal(0, likely[row].Rest));
    }

    private (LogProbabilityTable Table, LikelyClasses Likely, int[] Rows) Many(bool soft)
    {
        var table = Table(many.Bind(ManyClasses.Classes, soft ? ClassificationTeacher.Mean : null), many.Fitting);
        return (table, LikelyClasses.Of(table, Members, CancellationToken.None), Enumerable.Range(0, table.Rows).Where(row => row % 4 != 3).ToArray());
    }

    private static LogProbabilityTable Table(BoundClassification task, Observations rows) =>
        new(rows, task, task.Labels(rows), AlignedBy.Nothing, [0.7f, 1, 1.3f], Members);

    private static Route Route(IReadOnlyList<string> names) => new(Members, names, 1);

    private static double[] Parameters(int count, bool hasBias)
    {
        var random = new Random(count);
        return Enumerable.Range(0, count).Select(i => i < Members.Length || hasBias ? random.NextDouble() - 0.2 : 0).ToArray();
    }
}
