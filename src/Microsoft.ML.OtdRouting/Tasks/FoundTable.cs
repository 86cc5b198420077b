namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>The nearest rows of a gallery that every row finds by every route: rows × routes × <see cref="Most"/>, −1 where there are fewer.</summary>
internal sealed class FoundTable
{
    /// <summary>Rows that are kept of what is found.</summary>
    public const int Most = 5;

    private readonly int[] _found;
    private readonly int _routes;

    public FoundTable(int rows, int routes)
    {
        _found = new int[rows * routes * Most];
        _found.AsSpan().Fill(-1);
        _routes = routes;
    }

    /// <summary>What a row finds by a route, nearest first.</summary>
    public Span<int> this[int row, int route] => _found.AsSpan(((row * _routes) + route) * Most, Most);

    /// <summary>What is found by some of the routes.</summary>
    public FoundTable Select(IReadOnlyList<int> routes) => Make(Rows, routes.Count, (row, route) => this[row, routes[route]]);

    /// <summary>What some of the rows find.</summary>
    public FoundTable Take(IReadOnlyList<int> rows) => Make(rows.Count, _routes, (row, route) => this[rows[row], route]);

    /// <summary>What is found by routes of several parts on the same rows; null where the parts find nothing.</summary>
    public static FoundTable? Join(IReadOnlyList<FoundTable?> parts, IReadOnlyList<(int Part, int Route)> routes) => parts[0] is { } first
        ? Make(first.Rows, routes.Count, (row, route) => parts[routes[route].Part]![row, routes[route].Route])
        : null;

    private int Rows => _routes == 0 ? 0 : _found.Length / (_routes * Most);

    private static FoundTable Make(int rows, int routes, Source of)
    {
        var made = new FoundTable(rows, routes);
        for (var row = 0; row < rows; row++)
        {
            for (var route = 0; route < routes; route++)
            {
                of(row, route).CopyTo(made[row, route]);
            }
        }

        return made;
    }

    private delegate Span<int> Source(int row, int route);
}
