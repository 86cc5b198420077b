using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Entropic transport by Sinkhorn's matrix scaling in the log domain: the reference method, for problems with a fixed route prior. Same
/// optimum as <see cref="SemiDualNewtonSolver"/>; linear convergence that slows down as ε falls.
/// </summary>
public sealed class SinkhornSolver : ITransportSolver
{
    /// <summary>Regularisation ε &gt; 0, in the unit of <see cref="EpsilonScale"/>. Default 0.05.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Unit of <see cref="Epsilon"/>: loss (default) or a fraction of max|L|.</summary>
    public EpsilonScale EpsilonScale { get; init; }

    /// <summary>Marginal error (L1) at which the solution counts as converged, &gt; 0. Default 1e-9.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Most passes over the table, ≥ 1. Default 10,000.</summary>
    public int MaxIterations { get; init; } = 10_000;

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
        SinkhornIteration.RequireRoutePrior(problem, nameof(SinkhornSolver));
        double epsilon = SolverSettings.Epsilon(Epsilon, EpsilonScale, problem.Losses);
        long started = Stopwatch.GetTimestamp();
        using SoftAssignmentPass pass = new(problem, Threads);
        SinkhornIteration iteration = new(problem, pass, epsilon, new double[problem.Losses.Routes]);
        int count = 0;
        while (true)
        {
            iteration.Measure(cancellationToken);
            count++;
            progress?.Report(new TransportProgress(count, iteration.MarginalError, epsilon));
            if (iteration.MarginalError <= Tolerance || count >= MaxIterations)
            {
                return iteration.Solution(count, Tolerance, Stopwatch.GetElapsedTime(started));
            }

            iteration.Step();
        }
    }
}
