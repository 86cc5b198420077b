using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>What every route does on every row.</summary>
/// <param name="Losses">The loss that the router minimises.</param>
/// <param name="Measured">The loss in which it is measured: against the truth, where there is one.</param>
/// <param name="Quality">What the row adds to the primary measure, whose value is the mean; NaN without truth.</param>
/// <param name="Confidence">How sure the route is of its answer: what a cascade stops by.</param>
/// <param name="Others">Other measures, whose values are means; NaN without truth.</param>
internal sealed record RouteOutcomes(
    RouteTable Losses, RouteTable Measured, RouteTable Quality, RouteTable Confidence, IReadOnlyList<NamedTable> Others)
{
    /// <summary>Measures that are no means; null for tasks without, and where nothing is compared.</summary>
    public JointMeasures? Joint { get; init; }

    /// <summary>What rows find, for tasks that search; null for others, and where nothing is compared.</summary>
    public FoundTable? Found { get; init; }

    public int Rows => Losses.Rows;

    public int Routes => Losses.Routes;

    /// <summary>A loss against the truth that falls smoothly, for predictors that are trained by its gradient; NaN in rows without truth.</summary>
    public RouteTable? Surrogate => Others.FirstOrDefault(o => o.IsSurrogate)?.Table;

    /// <summary>Whether the truth of a row is known.</summary>
    public bool HasTruth(int row) => !float.IsNaN(Quality[row, 0]);

    /// <summary>The outcomes with something to tune by in every row: its quality where there is truth, else one minus its measured loss.</summary>
    public RouteOutcomes WithQualityInEveryRow()
    {
        var quality = Quality.Values.Zip(Measured.Values, (q, loss) => float.IsNaN(q) ? 1 - loss : q).ToArray();
        return this with { Quality = new RouteTable(quality, Routes) };
    }

    /// <summary>The outcomes of some of the routes.</summary>
    public RouteOutcomes Select(IReadOnlyList<int> routes) => Map(t => t.Select(routes)) with { Joint = Joint?.Select(routes), Found = Found?.Select(routes) };

    /// <summary>The outcomes of routes of several.</summary>
    /// <param name="parts">Outcomes on the same rows, with the same measures.</param>
    /// <param name="routes">The routes: of which part, and which of its routes.</param>
    public static RouteOutcomes Join(IReadOnlyList<RouteOutcomes> parts, IReadOnlyList<(int Part, int Route)> routes)
    {
        RouteTable Table(Func<RouteOutcomes, RouteTable> of)
        {
            var tables = parts.Select(of).ToArray();
            var joined = new RouteTable(parts[0].Rows, routes.Count);
            for (var row = 0; row < joined.Rows; row++)
            {
                for (var k = 0; k < routes.Count; k++)
                {
                    joined[row, k] = tables[routes[k].Part][row, routes[k].Route];
                }
            }

            return joined;
        }

        return new RouteOutcomes(
            Table(o => o.Losses),
            Table(o => o.Measured),
            Table(o => o.Quality),
            Table(o => o.Confidence),
            parts[0].Others.Select((o, i) => o with { Table = Table(p => p.Others[i].Table) }).ToList())
        {
            Joint = JointMeasures.Join(parts.Select(p => p.Joint).ToArray(), routes),
            Found = FoundTable.Join(parts.Select(p => p.Found).ToArray(), routes),
        };
    }

    /// <summary>The outcomes on some of the rows.</summary>
    public RouteOutcomes Take(IReadOnlyList<int> rows) => Map(t => t.Take(rows)) with { Joint = Joint?.Take(rows), Found = Found?.Take(rows) };

    /// <summary>The measures of rows that go to routes; of those whose truth is known, if there are others.</summary>
    /// <param name="qualityName">Name of the primary measure.</param>
    /// <param name="chosen">The route of every row.</param>
    public IReadOnlyList<TaskMeasure> MeasuresOf(string qualityName, int[] chosen)
    {
        var known = Enumerable.Range(0, Rows).Where(HasTruth).ToArray();
        if (known.Length > 0 && known.Length < Rows)
        {
            return Take(known).MeasuresOf(qualityName, Array.ConvertAll(known, row => chosen[row]));
        }

        var values = new float[chosen.Length];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = Quality[row, chosen[row]];
        }

        return
        [
            new TaskMeasure(qualityName, Quality.Mean(chosen), Bootstrap.Mean(values)),
            .. Others.Select(o => new TaskMeasure(o.Name, o.Table.Mean(chosen), ConfidenceInterval.None)),
            .. Joint?.Of(chosen) ?? [],
        ];
    }

    private RouteOutcomes Map(Func<RouteTable, RouteTable> map) => new(
        map(Losses), map(Measured), map(Quality), map(Confidence), Others.Select(o => o with { Table = map(o.Table) }).ToList());
}

/// <summary>A measure of every row and route.</summary>
/// <param name="Name">Name.</param>
/// <param name="Table">The values.</param>
/// <param name="IsSurrogate">Whether it is a loss against the truth that falls smoothly.</param>
internal sealed record NamedTable(string Name, RouteTable Table, bool IsSurrogate);
