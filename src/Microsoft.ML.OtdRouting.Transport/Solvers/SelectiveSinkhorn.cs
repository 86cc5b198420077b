using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// A few Sinkhorn steps on a fixed fraction of mini-batches, for fitting where a batch's plan is a training target: balance is
/// kept at a fraction of the cost, because the potentials carry over from batch to batch (Selective Sinkhorn Routing).
/// </summary>
public sealed class SelectiveSinkhorn : ITransportSolver
{
    /// <summary>Regularisation ε &gt; 0, in the unit of <see cref="EpsilonScale"/>. Default 0.05.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Unit of <see cref="Epsilon"/>: loss (default) or a fraction of max|L|.</summary>
    public EpsilonScale EpsilonScale { get; init; }

    /// <summary>Sinkhorn steps on a selected batch, ≥ 1. Default 3.</summary>
    public int Steps { get; init; } = 3;

    /// <summary>Fraction of the batches on which steps are made, in [0, 1]. Default 0.25.</summary>
    public double Fraction { get; init; } = 0.25;

    /// <summary>Seed of the choice of batches.</summary>
    public int Seed { get; init; }

    /// <summary>Marginal error (L1) at which a solution counts as converged, &gt; 0. Default 0.01.</summary>
    public double Tolerance { get; init; } = 0.01;

    /// <summary>Threads to use; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether steps are made on a batch: a hash of seed and batch number, so the choice needs no state.</summary>
    /// <param name="batch">Number of the batch.</param>
    /// <returns>True for about <see cref="Fraction"/> of all batches.</returns>
    public bool IsSelected(long batch)
    {
        if (!(Fraction >= 0 && Fraction <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"Fraction is {Fraction}; it must lie in [0, 1]."), nameof(Fraction));
        }

        // The finaliser of SplitMix64.
        ulong hash = (ulong)batch + ((ulong)(uint)Seed * 0x9E3779B97F4A7C15) + 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        hash ^= hash >> 31;
        return (hash >> 11) * (1.0 / (1UL << 53)) < Fraction;
    }

    /// <summary>Makes <see cref="Steps"/> steps from zero potentials.</summary>
    /// <inheritdoc/>
    public TransportSolution Solve(
        TransportProblem problem, IProgress<TransportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Run(problem, new double[problem.Losses.Routes], Steps, progress, cancellationToken);
    }

    /// <summary>Solves one mini-batch from the potentials of the batches before it.</summary>
    /// <param name="problem">The batch, with a fixed route prior.</param>
    /// <param name="batch">Number of the batch, which decides whether steps are made.</param>
    /// <param name="potentials">K potentials in units of loss: read, and replaced where steps are made. Start with zeros.</param>
    /// <param name="cancellationToken">Cancels between passes.</param>
    /// <returns>The plan of the batch at the resulting potentials.</returns>
    /// <exception cref="ArgumentException">A setting is outside its interval, the problem has a budget, or there are not K potentials.</exception>
    public TransportSolution SolveBatch(TransportProblem problem, long batch, Span<double> potentials, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (potentials.Length != problem.Losses.Routes)
        {
            throw new ArgumentException($"potentials has {potentials.Length} values; the loss table has {problem.Losses.Routes} routes.", nameof(potentials));
        }

        bool selected = IsSelected(batch);
        TransportSolution solution = Run(problem, potentials.ToArray(), selected ? Steps : 0, null, cancellationToken);
        for (int k = 0; selected && k < potentials.Length; k++)
        {
            // A route without a share in this batch keeps a finite potential for the next one.
            potentials[k] = double.IsFinite(solution.RoutePotentials[k]) ? solution.RoutePotentials[k] : potentials[k];
        }

        return solution;
    }

    private TransportSolution Run(
        TransportProblem problem, double[] start, int steps, IProgress<TransportProgress>? progress, CancellationToken cancellationToken)
    {
        SolverSettings.Positive(Tolerance, nameof(Tolerance));
        SolverSettings.AtLeast(Steps, 1, nameof(Steps));
        SolverSettings.AtLeast(Threads, 0, nameof(Threads));
        SinkhornIteration.RequireRoutePrior(problem, nameof(SelectiveSinkhorn));
        double epsilon = SolverSettings.Epsilon(Epsilon, EpsilonScale, problem.Losses);
        long started = Stopwatch.GetTimestamp();
        using SoftAssignmentPass pass = new(problem, Threads);
        SinkhornIteration iteration = new(problem, pass, epsilon, start);
        iteration.Measure(cancellationToken);
        for (int step = 0; step < steps; step++)
        {
            iteration.Step();
            iteration.Measure(cancellationToken);
            progress?.Report(new TransportProgress(step + 1, iteration.MarginalError, epsilon));
        }

        return iteration.Solution(steps, Tolerance, Stopwatch.GetElapsedTime(started));
    }
}
