using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Entropic transport, <c>min Σ T_ik L_ik + ε Σ T_ik log(T_ik / a_i)</c>, by Newton's method on the K-dimensional semi-dual: one
/// vectorised pass over the table gives value, gradient and Hessian. Both kinds of problem; the default for ε &gt; 0.
/// </summary>
/// <remarks>
/// Warm starts come from nested subsamples of the rows (their optimum is O(1/√m) from the full one) and from a decreasing sequence of ε, so
/// that only two to four passes touch the whole table. The result is the same bits for any <see cref="Threads"/>. The regulariser is
/// relative to the sample prior, which makes ε mean the same for any n; it differs from Σ T log T by a constant. Compare Tang et al.,
/// "Accelerating Sinkhorn algorithm with sparse Newton iterations" (ICLR 2024), which works in n + K dimensions.
/// </remarks>
public sealed class SemiDualNewtonSolver : ITransportSolver
{
    /// <summary>Regularisation ε &gt; 0, in the unit of <see cref="EpsilonScale"/>. Default 0.05.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Unit of <see cref="Epsilon"/>: loss (default) or a fraction of max|L|.</summary>
    public EpsilonScale EpsilonScale { get; init; }

    /// <summary>Marginal error (L1) at which the solution counts as converged, &gt; 0. Default 1e-9.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Most passes over the full table, ≥ 1. Default 500.</summary>
    public int MaxIterations { get; init; } = 500;

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
        double epsilon = SolverSettings.Epsilon(Epsilon, EpsilonScale, problem.Losses);
        long started = Stopwatch.GetTimestamp();
        RouteDuals duals = new(problem);
        using SoftAssignmentPass pass = new(problem, Threads);
        EntropicContinuation continuation = new(problem, pass, duals, progress);
        DualPoint point = continuation.Run(epsilon, Tolerance, MaxIterations, cancellationToken);
        double[] potentials = duals.UserPotentials(point.X);
        return new TransportSolution(new EntropicPlan(problem, potentials, epsilon), potentials, point.Shares)
        {
            BudgetPrice = duals.Price(point.X),
            Value = point.TransportLoss,
            Objective = point.Objective,
            DualValue = point.Value,
            MarginalError = point.Residual,
            Iterations = continuation.FullPasses,
            Converged = point.Residual <= Tolerance,
            Elapsed = Stopwatch.GetElapsedTime(started),
            MeanCost = TransportSolution.MeanCostOf(problem, point.Shares),
        };
    }
}
