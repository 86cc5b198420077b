namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Keeps the mean cost of a stream on the budget while its images change. It adds up the debt, what all rows so far cost beyond the budget in units of the
/// dearest route's cost, and charges for cost accordingly: a row goes where <c>price − predicted loss − λ · cost / dearest</c> is largest, with
/// <c>λ = bound · (|debt| / span)³</c>, where the bound is <see cref="HighestPrice"/> for a debt and <see cref="LowestPrice"/> for savings.
/// This is dual mirror ascent, one row at a time (Balseiro, Lu and Mirrokni 2020). Safe for concurrent use.
/// </summary>
/// <remarks>
/// <para>
/// From the span on, a row takes the cheapest route whatever was predicted; from its negative on, the dearest. So the debt leaves the span by no more
/// than a row, and the mean cost of every stretch of n rows is within <c>(2 · span + 1) · dearest / n</c> of the budget, whatever the images are:
/// <see cref="DeviationBound"/>. The span is chosen so that this is 2 % of the budget for 5,000 rows. The cube keeps the price still where rows are like
/// those of the fit, whose debt is only noise, and steep where it must be.
/// </para>
/// <para>
/// What it loses: while the debt is inside the span, predicted loss less price, summed over all rows, is at most that of any other choice of routes plus
/// <c>Σ λ_t · (cost*_t − budget) / dearest + Σ s_t/2 · ((cost_t − budget) / dearest)²</c>, where cost* is that of the other choice and s the largest slope
/// of λ over the debt on the way of row t; it is never above <see cref="Step"/>. The first sum is zero in expectation for a choice that keeps to the
/// budget whatever came before.
/// </para>
/// </remarks>
public sealed class BudgetController
{
    /// <summary>The stretch of rows for which the span is chosen.</summary>
    private const int Stretch = 5_000;

    /// <summary>Part of the budget by which the mean cost of a stretch may be off it.</summary>
    private const double Tolerance = 0.02;

    private const int Power = 3;

    private readonly double _dearest;
    private readonly double _budget;
    private readonly double _span;
    private double _debt;
    private double _costSum;
    private long _rows;
    private long _rowsAtBound;

    /// <param name="budget">Mean cost that is kept.</param>
    /// <param name="dearest">Cost of the dearest route; positive.</param>
    /// <param name="lowestPrice">Negative.</param>
    /// <param name="highestPrice">Positive.</param>
    internal BudgetController(double budget, double dearest, double lowestPrice, double highestPrice)
    {
        (Budget, LowestPrice, HighestPrice) = (budget, lowestPrice, highestPrice);
        (_dearest, _budget) = (dearest, budget / dearest);
        // Where the budget is so small that the tolerance is not worth a row, a row it is.
        _span = Math.Max(1, ((Stretch * Tolerance * _budget) - 1) / 2);
    }

    /// <summary>Mean cost of an image that is kept: the budget; where the fit found no use for all of it, the mean cost that it planned.</summary>
    public double Budget { get; }

    /// <summary>λ at its lowest, below zero: there 99 % of the fitting rows would take the dearest route by themselves.</summary>
    public double LowestPrice { get; }

    /// <summary>λ at its highest, above zero: there 99 % of the fitting rows would take the cheapest route by themselves.</summary>
    public double HighestPrice { get; }

    /// <summary>
    /// How far λ moves by one row at most: <c>3 · bound / span</c>, in units of loss, by a row that costs as much more than the budget as the dearest route
    /// costs, at the end of the span. In the middle of the span it hardly moves.
    /// </summary>
    public double Step => Power * Math.Max(HighestPrice, -LowestPrice) / _span;

    /// <summary>λ, the price of cost beyond that of the fit, now: in units of loss, for the cost of the dearest route. 0 at first.</summary>
    public double Price
    {
        get
        {
            lock (Gate)
            {
                return PriceAt(_debt);
            }
        }
    }

    /// <summary>Rows that were routed.</summary>
    public long Rows
    {
        get
        {
            lock (Gate)
            {
                return _rows;
            }
        }
    }

    /// <summary>Rows that took the cheapest or the dearest route because the price was at a bound: many of them tell of images that the fit did not know.</summary>
    public long RowsAtBound
    {
        get
        {
            lock (Gate)
            {
                return _rowsAtBound;
            }
        }
    }

    /// <summary>Mean cost of the rows that were routed; not a number before the first.</summary>
    public double MeanCost
    {
        get
        {
            lock (Gate)
            {
                return _costSum / _rows;
            }
        }
    }

    /// <summary>Guards the debt while a window is routed.</summary>
    internal object Gate { get; } = new();

    /// <summary>What all rows so far cost beyond the budget, in units of the dearest route's cost.</summary>
    internal double Debt
    {
        get
        {
            lock (Gate)
            {
                return _debt;
            }
        }
    }

    /// <summary>
    /// Largest distance between the budget and the mean cost of a stretch of rows, whatever the images are, in the unit of the budget. Where two parts share
    /// the images (<see cref="OtdRoutingTransformer.Parts"/>), the rows of a window get their parts before the first of them is routed, and a debt that is
    /// near the end of the span then may leave it by as many rows as a window has.
    /// </summary>
    /// <param name="rows">Number of consecutive rows; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row.</exception>
    public double DeviationBound(long rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return ((2 * _span) + 1) * _dearest / rows;
    }

    /// <summary>What the debt becomes by a row of a cost.</summary>
    internal double After(double debt, double cost) => debt + (cost / _dearest) - _budget;

    /// <summary>λ at a debt.</summary>
    internal double PriceAt(double debt)
    {
        var part = Math.Min(1, Math.Abs(debt) / _span);
        return (debt > 0 ? HighestPrice : LowestPrice) * (part * part * part);
    }

    /// <summary>Chooses the route of a row and adds its cost to the debt. The gate must be held.</summary>
    /// <param name="routeScores">Price minus predicted loss of every route; minus infinity for those that cannot be taken.</param>
    /// <param name="routes">The routes, in ascending order of cost.</param>
    internal int Choose(ReadOnlySpan<float> routeScores, IReadOnlyList<Route> routes)
    {
        var price = PriceAt(_debt);
        var bound = _debt >= _span ? 1 : _debt <= -_span ? -1 : 0;
        var (chosen, best) = (0, double.NegativeInfinity);
        for (var k = 0; k < routeScores.Length; k++)
        {
            var cost = routes[k].Cost / _dearest;
            // At a bound what was predicted counts no more.
            var value = bound == 0 || !float.IsFinite(routeScores[k]) ? routeScores[k] - (price * cost) : -bound * cost;
            if (value > best)
            {
                (chosen, best) = (k, value);
            }
        }

        _debt = After(_debt, routes[chosen].Cost);
        _costSum += routes[chosen].Cost;
        _rows++;
        _rowsAtBound += bound == 0 ? 0 : 1;
        return chosen;
    }
}
