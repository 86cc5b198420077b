using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Entropic transport with relaxed marginals or partial mass:
/// <c>min Σ T_ik L_ik + ε KL(T | a⊗b) + ρ₁ KL(T1 | a) + ρ₂ KL(Tᵀ1 | b)</c>, and for a mass m &lt; 1 the same with <c>T1 ≤ a</c>,
/// <c>Σ T = m</c> and <c>m·b</c> in place of b. KL is the generalised one, <c>Σ x log(x/y) − x + y</c>.
/// </summary>
/// <remarks>
/// Either ρ may be +∞, which makes that marginal hard; ρ → 0 lets it go. Newton's method on the smooth K-dimensional semi-dual, in place of
/// the generalised scaling iteration whose rate degrades as ε/ρ → 0; the fixed points are the same. Partial mass follows P²OT (Zhang et al., ICLR
/// 2024): what is not transported goes to a virtual route of hard share 1 − m, which the entropy includes; <see cref="ProgressiveMass"/> is
/// its schedule. Problems with a fixed route prior only. <see cref="TransportSolution.MarginalError"/> is the L1 norm of the first-order condition
/// <c>b_k exp(−g_k/ρ₂) = Σ_i T_ik</c>; <see cref="TransportSolution.RoutePotentials"/> are <c>g_k + ε log b_k</c>, so that
/// <c>T_ik ∝ exp((potential_k − L_ik)/ε)</c> in each row, as for the balanced solvers.
/// </remarks>
public sealed class UnbalancedTransportSolver : ITransportSolver
{
    /// <summary>Regularisation ε &gt; 0, in the unit of <see cref="EpsilonScale"/>. Default 0.05.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Unit of <see cref="Epsilon"/>: loss (default) or a fraction of max|L|. The relaxations are always in units of loss.</summary>
    public EpsilonScale EpsilonScale { get; init; }

    /// <summary>Strength ρ₁ &gt; 0 of the sample marginal, in units of loss. Default +∞: every sample is served in full.</summary>
    public double SampleRelaxation { get; init; } = double.PositiveInfinity;

    /// <summary>Strength ρ₂ &gt; 0 of the route marginal, in units of loss; +∞ for a hard one. Default 1.</summary>
    public double RouteRelaxation { get; init; } = 1;

    /// <summary>Mass m in (0, 1] to transport. Below 1 it needs hard row bounds (<see cref="SampleRelaxation"/> = +∞). Default 1.</summary>
    public double Mass { get; init; } = 1;

    /// <summary>Optimality residual (L1, in shares) at which the solution counts as converged, &gt; 0. Default 1e-9.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Most passes over the table, ≥ 1. Default 1,000.</summary>
    public int MaxIterations { get; init; } = 1_000;

    /// <summary>Threads to use; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <inheritdoc/>
    public TransportSolution Solve(
        TransportProblem problem, IProgress<TransportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        Check(problem);
        double target = SolverSettings.Epsilon(Epsilon, EpsilonScale, problem.Losses);
        long started = Stopwatch.GetTimestamp();
        bool outside = Mass < 1;
        int routes = problem.Losses.Routes;
        double[] wanted = new double[routes + (outside ? 1 : 0)];
        double[] relaxation = new double[wanted.Length];
        Array.Fill(relaxation, RouteRelaxation);
        for (int k = 0; k < routes; k++)
        {
            wanted[k] = Mass * problem.RoutePrior[k];
        }

        if (outside)
        {
            (wanted[routes], relaxation[routes]) = (1 - Mass, double.PositiveInfinity);
        }

        using SoftAssignmentPass pass = new(problem, Threads, outside);
        double epsilon = Math.Max(target, (problem.Losses.Maximum - problem.Losses.Minimum) / 4);
        double[]? x = null;
        int passes = 0;
        while (true)
        {
            bool last = epsilon <= target;
            UnbalancedDual dual = new(pass, wanted, relaxation, SampleRelaxation, epsilon);
            BoundedNewton newton = new(last ? Tolerance : 1e-2, Math.Max(1, MaxIterations - passes));
            double current = epsilon;
            DualPoint point = newton.Maximise(dual, x ?? new double[dual.Count], p => Count(p.Residual), cancellationToken);
            x = point.X;
            if (last)
            {
                return Report(problem, dual, point, epsilon, passes, started);
            }

            epsilon = Math.Max(target, epsilon / 5);

            void Count(double residual)
            {
                passes++;
                progress?.Report(new TransportProgress(passes, residual, current));
            }
        }
    }

    private TransportSolution Report(TransportProblem problem, UnbalancedDual dual, DualPoint point, double epsilon, int passes, long started)
    {
        int routes = problem.Losses.Routes;
        double[] all = dual.Potentials(point.X);
        double[] potentials = all[..routes], shares = point.Shares[..routes];
        double outside = all.Length > routes ? all[routes] : double.NegativeInfinity;
        return new TransportSolution(new EntropicPlan(problem, potentials, epsilon, dual.RowPower, outside), potentials, shares)
        {
            Value = point.TransportLoss,
            Objective = point.Objective,
            DualValue = point.Value,
            MarginalError = point.Residual,
            Iterations = passes,
            Converged = point.Residual <= Tolerance,
            Elapsed = Stopwatch.GetElapsedTime(started),
            MeanCost = TransportSolution.MeanCostOf(problem, shares),
        };
    }

    private void Check(TransportProblem problem)
    {
        SolverSettings.Positive(Tolerance, nameof(Tolerance));
        SolverSettings.AtLeast(MaxIterations, 1, nameof(MaxIterations));
        SolverSettings.AtLeast(Threads, 0, nameof(Threads));
        SinkhornIteration.RequireRoutePrior(problem, nameof(UnbalancedTransportSolver));
        foreach ((double value, string name) in new[] { (SampleRelaxation, nameof(SampleRelaxation)), (RouteRelaxation, nameof(RouteRelaxation)) })
        {
            if (!(value > 0))
            {
                throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be above 0, or +∞ for a hard marginal."), name);
            }
        }

        if (!(Mass > 0 && Mass <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Mass is {Mass}; it must lie in (0, 1]."), nameof(Mass));
        }

        if (Mass < 1 && !double.IsPositiveInfinity(SampleRelaxation))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"SampleRelaxation is {SampleRelaxation} with Mass {Mass}; a mass below 1 needs SampleRelaxation = +∞."),
                nameof(SampleRelaxation));
        }
    }
}
