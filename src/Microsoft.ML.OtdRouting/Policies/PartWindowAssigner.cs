using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Assigns the rows of a window that one policy serves: whole capacities of the routes for this window, then the assignment of least predicted loss
/// with exactly these capacities.
/// </summary>
internal sealed class PartWindowAssigner
{
    // One thread: windows are small, and ONNX Runtime's threads have the processors.
    private readonly ExactTransportSolver _solver = new() { Threads = 1 };
    private readonly WindowCapacities _capacities;
    private readonly float[] _prices;
    private float[] _losses = [];

    public PartWindowAssigner(PriceCalibration calibration, IReadOnlyList<Route> routes)
    {
        _prices = calibration.Prices;
        var costs = routes.Select(r => r.Cost).ToArray();
        MeanCost = calibration.BudgetPrice > 0 ? calibration.Budget : calibration.MeanCost;
        _capacities = calibration.Bounds is { } bounds
            ? new BudgetCapacities(costs, MeanCost, bounds)
            : new FixedShareCapacities(costs, calibration.Shares);
    }

    /// <summary>Mean cost of a row that the windows are held to.</summary>
    public double MeanCost { get; }

    /// <summary>Cost of all windows so far.</summary>
    public double UsedCost => _capacities.UsedCost;

    /// <summary>Chooses the routes of a window.</summary>
    /// <param name="routeScores">Price minus predicted loss, rows × routes.</param>
    /// <param name="routes">Gets one route a row.</param>
    /// <param name="target">What all windows together, with this one, are to cost; null for rows × <see cref="MeanCost"/>.</param>
    public void Assign(ReadOnlySpan<float> routeScores, Span<int> routes, double? target)
    {
        if (routes.IsEmpty)
        {
            return;
        }

        if (_losses.Length < routeScores.Length)
        {
            _losses = new float[routeScores.Length];
        }

        for (var i = 0; i < routeScores.Length; i++)
        {
            // A route whose share is zero has the price −∞ and gets no capacity: any loss will do.
            var price = _prices[i % _prices.Length];
            _losses[i] = float.IsFinite(price) ? price - routeScores[i] : 0;
        }

        var table = new LossTable(_losses.AsMemory(0, routeScores.Length), routes.Length, _prices.Length);
        _solver.Assign(table, _capacities.Next(table, target)).CopyTo(routes);
    }
}
