using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Assigns the rows of a window together: whole capacities of the routes for this window, then the assignment of least predicted loss with
/// exactly these capacities.
/// </summary>
internal sealed class WindowAssigner : RouteAssigner
{
    // One thread: windows are small, and ONNX Runtime's threads have the processors.
    private readonly ExactTransportSolver _solver = new() { Threads = 1 };
    private readonly WindowCapacities _capacities;
    private readonly float[] _prices;
    private float[] _losses = [];

    public WindowAssigner(PriceCalibration calibration, IReadOnlyList<Route> routes)
    {
        _prices = calibration.Prices;
        var costs = routes.Select(r => r.Cost).ToArray();
        _capacities = calibration.Bounds is { } bounds
            ? new BudgetCapacities(costs, calibration.BudgetPrice > 0 ? calibration.Budget : calibration.MeanCost, bounds)
            : new FixedShareCapacities(costs, calibration.Shares);
    }

    public override void Assign(ReadOnlySpan<float> routeScores, Span<int> routes)
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
        _solver.Assign(table, _capacities.Next(table)).CopyTo(routes);
    }
}
