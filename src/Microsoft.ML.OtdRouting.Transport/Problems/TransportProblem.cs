namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// What is asked of a solver: minimise <c>Σ_ik T_ik L_ik</c> (plus the solver's regulariser) over plans <c>T ≥ 0</c> whose row
/// sums are the sample prior <c>a</c> and whose column sums are either a fixed route prior <c>b</c>
/// (<see cref="WithRoutePrior"/>) or anything within floors and ceilings whose mean cost stays within a budget
/// (<see cref="WithBudget"/>).
/// </summary>
public sealed class TransportProblem
{
    private const double _sumTolerance = 1e-6;

    private readonly double[]? _samplePrior;
    private readonly double[]? _routePrior;
    private readonly double[]? _cost;
    private readonly double[] _floors;
    private readonly double[] _ceilings;

    private TransportProblem(LossTable losses, double[]? samplePrior, double[]? routePrior, double[]? cost, double budget, double[] floors, double[] ceilings)
    {
        Losses = losses;
        _samplePrior = samplePrior;
        _routePrior = routePrior;
        _cost = cost;
        Budget = budget;
        _floors = floors;
        _ceilings = ceilings;
        RequireOpenRoutes();
    }

    /// <summary>The losses, n × K.</summary>
    public LossTable Losses { get; }

    /// <summary>The share of every sample, n values that sum to 1; empty means uniform, 1/n each.</summary>
    public ReadOnlySpan<double> SamplePrior => _samplePrior;

    /// <summary>The fixed share of every route, K values that sum to 1; empty for a budget problem.</summary>
    public ReadOnlySpan<double> RoutePrior => _routePrior;

    /// <summary>The cost of one sample on every route, K values in the user's unit; empty where no cost was given.</summary>
    public ReadOnlySpan<double> Cost => _cost;

    /// <summary>The largest mean cost per sample, in the unit of <see cref="Cost"/>; +∞ for a problem with a fixed route prior.</summary>
    public double Budget { get; }

    /// <summary>The smallest share of every route, K values (the route prior itself where that is fixed).</summary>
    public ReadOnlySpan<double> Floors => _floors;

    /// <summary>The largest share of every route, K values (the route prior itself where that is fixed).</summary>
    public ReadOnlySpan<double> Ceilings => _ceilings;

    /// <summary>Whether the mean cost is bounded by <see cref="Budget"/> instead of the shares being fixed.</summary>
    public bool HasBudget => _routePrior is null;

    internal double[]? SampleWeights => _samplePrior;

    /// <summary>A problem whose route shares are fixed.</summary>
    /// <param name="losses">Losses, n × K.</param>
    /// <param name="routePrior">Share of every route: K values ≥ 0 that sum to 1 (to 1e-6; then normalised). A zero is honoured exactly.</param>
    /// <param name="samplePrior">Share of every sample: n values ≥ 0 that sum to 1 (to 1e-6; then normalised); empty for uniform.</param>
    /// <param name="cost">Cost of every route, K finite values, used only to report the mean cost; empty for none.</param>
    /// <returns>The problem.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="losses"/> is null.</exception>
    /// <exception cref="ArgumentException">A prior has the wrong length, a negative or non-finite entry, or does not sum to 1.</exception>
    public static TransportProblem WithRoutePrior(
        LossTable losses, ReadOnlySpan<double> routePrior, ReadOnlySpan<double> samplePrior = default, ReadOnlySpan<double> cost = default)
    {
        ArgumentNullException.ThrowIfNull(losses);
        double[] shares = Normalised(routePrior, losses.Routes, nameof(routePrior), "routes");
        double[]? weights = samplePrior.IsEmpty ? null : Normalised(samplePrior, losses.Rows, nameof(samplePrior), "rows");
        double[]? costs = cost.IsEmpty ? null : Finite(cost, losses.Routes, nameof(cost));
        return new TransportProblem(losses, weights, shares, costs, double.PositiveInfinity, shares, shares);
    }

    /// <summary>A problem whose route shares are free within floors and ceilings, and whose mean cost is bounded: <c>Σ_ik T_ik c_k ≤ budget</c>.</summary>
    /// <param name="losses">Losses, n × K.</param>
    /// <param name="cost">Cost of one sample on every route: K finite values in any unit.</param>
    /// <param name="budget">Largest mean cost per sample, in the unit of <paramref name="cost"/>.</param>
    /// <param name="floors">Smallest share of every route, K values in [0, 1] with a sum ≤ 1; empty for none.</param>
    /// <param name="ceilings">Largest share of every route, K values in [0, 1], not below the floors, with a sum ≥ 1; empty for none.</param>
    /// <param name="samplePrior">Share of every sample: n values ≥ 0 that sum to 1 (to 1e-6; then normalised); empty for uniform.</param>
    /// <returns>The problem.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="losses"/> is null.</exception>
    /// <exception cref="ArgumentException">A span has the wrong length or values outside its interval, or no plan meets the budget
    /// together with floors and ceilings (the message names the smallest and the largest feasible mean cost).</exception>
    public static TransportProblem WithBudget(
        LossTable losses,
        ReadOnlySpan<double> cost,
        double budget,
        ReadOnlySpan<double> floors = default,
        ReadOnlySpan<double> ceilings = default,
        ReadOnlySpan<double> samplePrior = default)
    {
        ArgumentNullException.ThrowIfNull(losses);
        int routes = losses.Routes;
        double[] costs = Finite(cost, routes, nameof(cost));
        double[] lower = floors.IsEmpty ? new double[routes] : Shares(floors, routes, nameof(floors));
        double[] upper = ceilings.IsEmpty ? Enumerable.Repeat(1.0, routes).ToArray() : Shares(ceilings, routes, nameof(ceilings));
        for (int k = 0; k < routes; k++)
        {
            if (lower[k] > upper[k])
            {
                throw new ArgumentException(
                    Text($"floors[{k}] is {lower[k]}, above ceilings[{k}] = {upper[k]}; a floor must lie in [0, ceiling]."), nameof(floors));
            }
        }

        if (lower.Sum() > 1 + 1e-12)
        {
            throw new ArgumentException(Text($"floors sum to {lower.Sum()}; the sum must lie in [0, 1]."), nameof(floors));
        }

        if (upper.Sum() < 1 - 1e-12)
        {
            throw new ArgumentException(Text($"ceilings sum to {upper.Sum()}; the sum must be at least 1."), nameof(ceilings));
        }

        (double least, double most) = CostRange(costs, lower, upper);
        double slack = 1e-12 * Math.Max(Math.Abs(least), Math.Abs(most));
        if (double.IsNaN(budget) || budget < least - slack)
        {
            throw new ArgumentException(
                Text($"budget is {budget}; with these costs, floors and ceilings the mean cost lies in [{least}, {most}], so the budget must be at least {least}."),
                nameof(budget));
        }

        double[]? weights = samplePrior.IsEmpty ? null : Normalised(samplePrior, losses.Rows, nameof(samplePrior), "rows");
        return new TransportProblem(losses, weights, null, costs, Math.Max(budget, least), lower, upper);
    }

    /// <summary>The smallest and the largest mean cost of shares between floors and ceilings: a fractional knapsack.</summary>
    private static (double Least, double Most) CostRange(double[] cost, double[] floors, double[] ceilings)
    {
        double fixedShare = 0, fixedCost = 0;
        for (int k = 0; k < cost.Length; k++)
        {
            fixedShare += floors[k];
            fixedCost += floors[k] * cost[k];
        }

        double Fill(IEnumerable<int> order)
        {
            double rest = 1 - fixedShare, total = fixedCost;
            foreach (int k in order)
            {
                double part = Math.Clamp(rest, 0, ceilings[k] - floors[k]);
                total += part * cost[k];
                rest -= part;
            }

            return total;
        }

        int[] ascending = Enumerable.Range(0, cost.Length).OrderBy(k => cost[k]).ToArray();
        return (Fill(ascending), Fill(Enumerable.Reverse(ascending)));
    }

    private static double[] Normalised(ReadOnlySpan<double> prior, int length, string name, string axis)
    {
        double[] result = Checked(prior, length, name, axis, 0, double.MaxValue);
        double sum = result.Sum();
        if (!(Math.Abs(sum - 1) <= _sumTolerance))
        {
            throw new ArgumentException(Text($"{name} sums to {sum}; a prior must sum to 1 (within {_sumTolerance})."), name);
        }

        for (int i = 0; i < result.Length; i++)
        {
            result[i] /= sum;
        }

        return result;
    }

    private static double[] Finite(ReadOnlySpan<double> values, int length, string name) =>
        Checked(values, length, name, "routes", double.MinValue, double.MaxValue);

    private static double[] Shares(ReadOnlySpan<double> values, int length, string name) => Checked(values, length, name, "routes", 0, 1);

    private static double[] Checked(ReadOnlySpan<double> values, int length, string name, string axis, double lowest, double highest)
    {
        if (values.Length != length)
        {
            throw new ArgumentException($"{name} has {values.Length} values; the loss table has {length} {axis}.", name);
        }

        for (int i = 0; i < length; i++)
        {
            if (!(values[i] >= lowest && values[i] <= highest))
            {
                string allowed = lowest == double.MinValue ? "a finite number" : highest == 1 ? "in [0, 1]" : "finite and at least 0";
                throw new ArgumentException(Text($"{name}[{i}] is {values[i]}; it must be {allowed}."), name);
            }
        }

        return values.ToArray();
    }

    private static string Text(FormattableString message) => FormattableString.Invariant(message);

    /// <summary>A row whose every open route has ceiling zero can never be served.</summary>
    private void RequireOpenRoutes()
    {
        if (!Losses.HasForbidden || Array.TrueForAll(_ceilings, u => u > 0))
        {
            return;
        }

        double[] row = new double[Losses.Routes];
        for (int i = 0; i < Losses.Rows; i++)
        {
            Losses.CopyRow(i, row);
            bool open = false;
            for (int k = 0; k < row.Length; k++)
            {
                open |= _ceilings[k] > 0 && double.IsFinite(row[k]);
            }

            if (!open && (_samplePrior is null || _samplePrior[i] > 0))
            {
                throw new ArgumentException($"Row {i} forbids every route whose share may be above zero.", "losses");
            }
        }
    }
}
