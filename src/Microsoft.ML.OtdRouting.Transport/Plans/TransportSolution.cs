namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>What a solver found: the plan, the duals, the values, and whether it converged.</summary>
public sealed class TransportSolution
{
    private readonly double[] _routePotentials;
    private readonly double[] _shares;

    internal TransportSolution(TransportPlan plan, double[] routePotentials, double[] shares)
    {
        Plan = plan;
        _routePotentials = routePotentials;
        _shares = shares;
    }

    /// <summary>The plan; its rows are computed on demand.</summary>
    public TransportPlan Plan { get; }

    /// <summary>
    /// The dual <c>g</c> of the routes, K values in units of loss: hard routing is <c>argmin_k L_ik − g_k</c>. For a budget problem g
    /// already contains −<see cref="BudgetPrice"/>·cost and the duals of floors and ceilings. A route whose share must be zero has −∞.
    /// With a fixed route prior the level is free and set so that <c>Σ_k share_k g_k = 0</c>.
    /// </summary>
    public ReadOnlySpan<double> RoutePotentials => _routePotentials;

    /// <summary>The price of the budget: loss saved by one more unit of mean cost, ≥ 0; 0 where the budget does not bind or there is none.</summary>
    public double BudgetPrice { get; internal init; }

    /// <summary>The transport loss <c>Σ_ik T_ik L_ik</c>, without regulariser.</summary>
    public double Value { get; internal init; }

    /// <summary>The primal objective: <see cref="Value"/> plus the solver's regulariser at the plan.</summary>
    public double Objective { get; internal init; }

    /// <summary>The dual objective at the duals; at the optimum it equals <see cref="Objective"/>.</summary>
    public double DualValue { get; internal init; }

    /// <summary>
    /// L1 distance of the shares from what the problem allows: Σ_k |share_k − b_k| for a fixed prior; for a budget problem the violation of
    /// complementary slackness in shares plus that of the budget in units of the dearest-to-cheapest cost span. For relaxed marginals, the
    /// L1 norm of the optimality condition.
    /// </summary>
    public double MarginalError { get; internal init; }

    /// <summary>Iterations: passes over the full loss table, or augmentations of the exact solver.</summary>
    public int Iterations { get; internal init; }

    /// <summary>Whether <see cref="MarginalError"/> reached the solver's tolerance.</summary>
    public bool Converged { get; internal init; }

    /// <summary>Time spent solving.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>Column sums of the plan, K values.</summary>
    public ReadOnlySpan<double> Shares => _shares;

    /// <summary>Mean cost <c>Σ_k share_k c_k</c>, in the unit of the problem's cost; NaN where the problem has none.</summary>
    public double MeanCost { get; internal init; } = double.NaN;

    /// <summary>Computes sample potentials <c>f</c> (units of loss) for consecutive samples.</summary>
    /// <param name="firstRow">First sample.</param>
    /// <param name="destination">Receives f for samples firstRow, firstRow + 1, …</param>
    /// <exception cref="ArgumentOutOfRangeException">The samples are not all inside the table.</exception>
    public void CopySamplePotentials(int firstRow, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, Plan.Rows - destination.Length);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Plan.SamplePotential(firstRow + i);
        }
    }

    internal static double MeanCostOf(TransportProblem problem, ReadOnlySpan<double> shares)
    {
        if (problem.Cost.IsEmpty)
        {
            return double.NaN;
        }

        double mean = 0;
        for (int k = 0; k < shares.Length; k++)
        {
            mean += shares[k] * problem.Cost[k];
        }

        return mean;
    }
}
