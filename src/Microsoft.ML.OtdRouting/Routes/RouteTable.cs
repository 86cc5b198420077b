using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Routes;

/// <summary>One number for every row and route, such as a loss: rows × routes, row-major.</summary>
internal sealed class RouteTable
{
    private readonly float[] _values;

    /// <summary>A table of zeros.</summary>
    public RouteTable(int rows, int routes)
        : this(new float[rows * routes], routes)
    {
    }

    /// <param name="values">Rows × routes; not copied.</param>
    /// <param name="routes">Number of routes.</param>
    public RouteTable(float[] values, int routes)
    {
        _values = values;
        Routes = routes;
    }

    public int Rows => Routes == 0 ? 0 : _values.Length / Routes;

    public int Routes { get; }

    /// <summary>All numbers, row after row.</summary>
    public float[] Values => _values;

    public ref float this[int row, int route] => ref _values[(row * Routes) + route];

    public Span<float> Row(int row) => _values.AsSpan(row * Routes, Routes);

    /// <summary>What a row gains by each route: its price minus the predicted loss, in place of the predicted losses.</summary>
    /// <param name="losses">Predicted losses of a row.</param>
    /// <param name="prices">Price of every route.</param>
    public static void Score(Span<float> losses, ReadOnlySpan<float> prices) =>
        System.Numerics.Tensors.TensorPrimitives.Subtract(prices, losses, losses);

    /// <summary>The route of every row of predicted losses: the one with the largest price minus predicted loss, the cheapest of equal ones.</summary>
    /// <param name="prices">Price of every route.</param>
    public int[] Choose(ReadOnlySpan<float> prices)
    {
        var chosen = new int[Rows];
        Span<float> scores = stackalloc float[Routes];
        for (var row = 0; row < chosen.Length; row++)
        {
            Row(row).CopyTo(scores);
            Score(scores, prices);
            chosen[row] = ArgMax.Of(scores);
        }

        return chosen;
    }

    /// <summary>The numbers of some of the routes.</summary>
    public RouteTable Select(IReadOnlyList<int> routes)
    {
        var selected = new RouteTable(Rows, routes.Count);
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < routes.Count; k++)
            {
                selected[row, k] = this[row, routes[k]];
            }
        }

        return selected;
    }

    /// <summary>Some of the rows.</summary>
    public RouteTable Take(IReadOnlyList<int> rows)
    {
        var taken = new RouteTable(rows.Count, Routes);
        for (var i = 0; i < rows.Count; i++)
        {
            Row(rows[i]).CopyTo(taken.Row(i));
        }

        return taken;
    }

    /// <summary>Mean over the rows of the number that each has for the route it goes to.</summary>
    /// <param name="chosen">The route of every row.</param>
    /// <param name="weights">Weights of the rows, summing to one; null for equal ones.</param>
    public double Mean(ReadOnlySpan<int> chosen, double[]? weights = null)
    {
        var sum = 0.0;
        for (var row = 0; row < chosen.Length; row++)
        {
            sum += (weights?[row] ?? 1) * this[row, chosen[row]];
        }

        return weights is null ? sum / chosen.Length : sum;
    }

    /// <summary>Mean over the rows of the numbers of one route.</summary>
    public double Mean(int route)
    {
        var sum = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            sum += this[row, route];
        }

        return sum / Rows;
    }

    /// <summary>The table as the transport library takes it.</summary>
    public LossTable ToLossTable() => new(_values, Rows, Routes);

    /// <summary>Costs of routes in units of the dearest one: FLOPs are of the order of 10⁹, losses of the order of one.</summary>
    public static (double[] Costs, double Unit) ScaleCosts(IReadOnlyList<Route> routes)
    {
        var unit = routes.Max(r => r.Cost);
        return (routes.Select(r => r.Cost / unit).ToArray(), unit);
    }
}
