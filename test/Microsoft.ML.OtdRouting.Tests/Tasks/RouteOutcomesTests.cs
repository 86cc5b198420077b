using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Tasks.Mean;

namespace Microsoft.ML.OtdRouting.Tests.Tasks;

/// <summary>Outcomes whose numbers say where they are from: part, row and route.</summary>
public class RouteOutcomesTests
{
    [Fact]
    public void Joint_measures_and_what_is_found_follow_rows_and_routes_as_tables_do()
    {
        var joined = RouteOutcomes.Join([Of(part: 1, rows: 4, routes: 2), Of(part: 2, rows: 4, routes: 3)], [(1, 2), (0, 1), (1, 0)]);
        var chosen = joined.Select([2, 0]).Take([3, 1, 1]);
        Assert.Equal((3, 2), (chosen.Rows, chosen.Routes));
        for (var row = 0; row < 3; row++)
        {
            for (var route = 0; route < 2; route++)
            {
                var expected = Number(2, new[] { 3, 1, 1 }[row], new[] { 0, 2 }[route]);
                Assert.Equal(expected, chosen.Quality[row, route]);
                Assert.Equal([(int)expected, -1, -1, -1, -1], chosen.Found![row, route].ToArray());
            }
        }

        var measures = chosen.MeasuresOf("quality", [0, 1, 0]);
        Assert.Equal(["quality", "joined"], measures.Select(m => m.Name));
        // Not a mean: the numbers one behind the other.
        Assert.Equal((230 * 1e6) + (212 * 1e3) + 210, measures[1].Value);
    }

    [Fact]
    public void Rows_whose_truth_is_not_known_are_left_out_of_joint_measures()
    {
        var outcomes = Of(part: 1, rows: 3, routes: 2);
        outcomes.Quality[1, 0] = float.NaN;
        Assert.Equal((100 * 1e3) + 121, outcomes.MeasuresOf("quality", [0, 0, 1])[1].Value);
        Assert.Equal(0, outcomes.Take([]).MeasuresOf("quality", [])[1].Value);
        Assert.True(double.IsNaN(outcomes.Take([]).MeasuresOf("quality", [])[0].Value));
    }

    [Fact]
    public void Outcomes_without_joint_measures_stay_without()
    {
        var plain = Of(part: 1, rows: 2, routes: 2) with { Joint = null, Found = null };
        var joined = RouteOutcomes.Join([plain, plain], [(0, 1), (1, 0)]).Take([0]).Select([1]);
        Assert.Null(joined.Joint);
        Assert.Null(joined.Found);
        Assert.Equal("quality", Assert.Single(joined.MeasuresOf("quality", [0])).Name);
    }

    [Fact]
    public void What_is_found_is_told_in_positions_of_the_data_of_which_some_rows_have_failed()
    {
        var (rows, gallery) = (Rows(0, 2, 5), Rows(1, 7, 8, 9));
        var found = new FoundTable(3, 2);
        new[] { 3, 0 }.CopyTo(found[0, 1]);
        new[] { 2, 1, 0, 3, 3 }.CopyTo(found[1, 0]);
        rows.Gallery = gallery;
        var told = new FoundRows(found, [1, 0, 1], rows);
        Assert.Equal([9, 1], told.By(0));
        Assert.Equal([8, 7, 1, 9, 9], told.By(2));
        Assert.Empty(told.By(5));
        Assert.Empty(told.By(1));
        Assert.Empty(told.By(-1));
        rows.Gallery = null;
        found[0, 1].Fill(-1);
        found[0, 1][0] = 2;
        Assert.Equal([5], new FoundRows(found, [1, 1, 1], rows).By(0));
    }

    private static Observations Rows(params long[] sources)
    {
        var rows = new Observations(new BoundMean(new MeanTask()), 2, foldCount: 5, hasWeights: false);
        foreach (var source in sources)
        {
            rows.AddRow(new RowPlace(0, 0), 1, source);
        }

        return rows;
    }

    private static float Number(int part, int row, int route) => (100 * part) + (10 * row) + route;

    private static RouteOutcomes Of(int part, int rows, int routes)
    {
        var (table, found) = (new RouteTable(rows, routes), new FoundTable(rows, routes));
        for (var row = 0; row < rows; row++)
        {
            for (var route = 0; route < routes; route++)
            {
                table[row, route] = Number(part, row, route);
                found[row, route][0] = (int)Number(part, row, route);
            }
        }

        return new RouteOutcomes(table, table, table, table, [])
        {
            Joint = new JointMeasures(
                (row, route) => (double)Number(part, row, route),
                numbers => [new TaskMeasure("joined", numbers.Cast<double>().Aggregate(0.0, (sum, number) => (1000 * sum) + number), ConfidenceInterval.None)]),
            Found = found,
        };
    }
}
