using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Transport with a squared 2-norm and at most s non-zeros in a row: <c>min Σ T_ik L_ik + (γ/2) Σ_i |T_i|²/a_i</c>, where γ is
/// <see cref="Epsilon"/>. For uniform samples the regulariser is <c>(γ n/2)‖T‖²</c>; dividing by a_i makes γ mean the same for any n.
/// Semi-smooth Newton on the semi-dual of Liu, Puigcerver and Blondel (ICLR 2023). Both kinds of problem.
/// </summary>
/// <remarks>
/// s = K is the plain quadratic regulariser: the dual is smooth and the marginals are met to the tolerance. s = 1 is unregularised transport with
/// an integral plan, which <see cref="ExactTransportSolver"/> makes. In between the constraint is not convex: the dual has kinks where two
/// routes compete for the last place in a row, and the plan at its maximiser may miss the marginals by a few rows' mass. That is then
/// reported in <see cref="TransportSolution.MarginalError"/> and <see cref="TransportSolution.Converged"/>.
/// </remarks>
public sealed class SparseTransportSolver : ITransportSolver
{
    /// <summary>Regularisation γ &gt; 0, in the unit of <see cref="EpsilonScale"/>. Default 0.05.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Unit of <see cref="Epsilon"/>: loss (default) or a fraction of max|L|.</summary>
    public EpsilonScale EpsilonScale { get; init; }

    /// <summary>Most non-zeros in a row, s ≥ 1; values above K mean K. Default 2.</summary>
    public int Sparsity { get; init; } = 2;

    /// <summary>Marginal error (L1) at which the solution counts as converged, &gt; 0. Default 1e-9.</summary>
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
        SolverSettings.Positive(Tolerance, nameof(Tolerance));
        SolverSettings.AtLeast(MaxIterations, 1, nameof(MaxIterations));
        SolverSettings.AtLeast(Threads, 0, nameof(Threads));
        SolverSettings.AtLeast(Sparsity, 1, nameof(Sparsity));
        double gamma = SolverSettings.Epsilon(Epsilon, EpsilonScale, problem.Losses);
        long started = Stopwatch.GetTimestamp();
        if (Sparsity == 1)
        {
            return Integral(problem, gamma, started, progress, cancellationToken);
        }

        RouteDuals duals = new(problem);
        double range = problem.Losses.Maximum - problem.Losses.Minimum;
        double width = Math.Max(gamma, range);
        double[] x = new double[duals.Count];
        int passes = 0;
        while (true)
        {
            bool last = width <= gamma;
            double current = width;
            SparseDual dual = new(problem, duals, current, last ? Sparsity : problem.Losses.Routes, Threads);
            BoundedNewton newton = new(last ? Tolerance : 1e-2, Math.Max(1, MaxIterations - passes));
            DualPoint point = newton.Maximise(dual, x, p => Count(p.Residual), cancellationToken);
            x = point.X;
            if (last)
            {
                return Report(problem, duals, point, gamma, passes, started);
            }

            width = Math.Max(gamma, width / 5);

            void Count(double residual)
            {
                passes++;
                progress?.Report(new TransportProgress(passes, residual, current));
            }
        }
    }

    private TransportSolution Report(TransportProblem problem, RouteDuals duals, DualPoint point, double gamma, int passes, long started)
    {
        double[] potentials = duals.UserPotentials(point.X);
        return new TransportSolution(new SparsePlan(problem, potentials, gamma, Sparsity), potentials, point.Shares)
        {
            BudgetPrice = duals.Price(point.X),
            Value = point.TransportLoss,
            Objective = point.Objective,
            DualValue = point.Value,
            MarginalError = point.Residual,
            Iterations = passes,
            Converged = point.Residual <= Tolerance,
            Elapsed = Stopwatch.GetElapsedTime(started),
            MeanCost = TransportSolution.MeanCostOf(problem, point.Shares),
        };
    }

    /// <summary>With one non-zero in a row the regulariser is the constant γ/2, and the plan the exact solver's integral one.</summary>
    private TransportSolution Integral(
        TransportProblem problem, double gamma, long started, IProgress<TransportProgress>? progress, CancellationToken cancellationToken)
    {
        TransportSolution exact = new ExactTransportSolver { Threads = Threads }.Solve(problem, progress, cancellationToken);
        int[] assignment = exact.Plan.Assignment!;
        double[] shares = new double[problem.Losses.Routes];
        double value = 0, error = 0;
        for (int i = 0; i < assignment.Length; i++)
        {
            double mass = problem.SampleWeights is { } weights ? weights[i] : 1.0 / assignment.Length;
            shares[assignment[i]] += mass;
            value += mass * problem.Losses[i, assignment[i]];
        }

        for (int k = 0; k < shares.Length; k++)
        {
            error += Math.Max(0, Math.Max(problem.Floors[k] - shares[k], shares[k] - problem.Ceilings[k]));
        }

        double[] potentials = exact.RoutePotentials.ToArray();
        return new TransportSolution(new ExactPlan(problem, assignment, [], potentials, assignment), potentials, shares)
        {
            BudgetPrice = exact.BudgetPrice,
            Value = value,
            Objective = value + (0.5 * gamma),
            DualValue = exact.DualValue + (0.5 * gamma),
            MarginalError = error,
            Iterations = exact.Iterations,
            Converged = error <= Tolerance,
            Elapsed = Stopwatch.GetElapsedTime(started),
            MeanCost = TransportSolution.MeanCostOf(problem, shares),
        };
    }
}
