using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Unregularised transport, <c>min Σ T_ik L_ik</c>: the linear program's exact optimum and duals for both kinds of problem, and an
/// integral assignment with exact integer capacities. Ties go to the lower route and row, so results are deterministic.
/// </summary>
/// <remarks>
/// Entropic duals of a smoothing far below the spacing of losses place all but a handful of rows; shortest augmenting paths on the K
/// routes place the rest, with heaps of near-tied rows as arcs, in exact integer arithmetic; for a budget, parametric pivots then move its
/// price to where the mean cost meets it. The final duals are recomputed from the residual network and lie in the middle of the optimal set.
/// At most K − 1 rows (K with a budget, in generic problems) are split by the linear program's own plan; <see cref="TransportPlan.Assignment"/>
/// rounds them: to the largest-remainder capacities for uniform samples, and to a mean cost within the budget for a budget problem.
/// </remarks>
public sealed class ExactTransportSolver : ITransportSolver
{
    private const int _warmStartRows = 8192;

    /// <summary>Without a start near the budget's price, every row that changes its route on the way there is a pivot.</summary>
    private const int _warmStartRowsWithBudget = 512;

    /// <summary>Threads to use; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Forbidden entries (+∞) leave no plan with the marginals asked for.</exception>
    public TransportSolution Solve(
        TransportProblem problem, IProgress<TransportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        SolverSettings.AtLeast(Threads, 0, nameof(Threads));
        long started = Stopwatch.GetTimestamp();
        LossTable losses = problem.Losses;
        RouteNetwork network = new(losses, IntegerMasses.Of(problem), problem.HasBudget ? problem.Cost : default, Threads);
        Start(network, problem, progress, cancellationToken);
        Action<int, double>? report = progress is null ? null : (i, e) => progress.Report(new TransportProgress(i, e, 0));
        ShortestAugmentation augmentation = new(network);
        augmentation.Run(report, cancellationToken);
        int iterations = augmentation.Augmentations;
        if (problem.HasBudget)
        {
            BudgetPivots pivots = new(network, losses, problem.Budget);
            pivots.Run(report, cancellationToken);
            iterations += pivots.Pivots;
        }

        CentredDuals.Apply(network, !problem.HasBudget, cancellationToken);
        return ExactReport.Describe(problem, network, iterations, started, Threads, cancellationToken);
    }

    /// <summary>Assigns every sample to one route with exact integer capacities at the least total loss.</summary>
    /// <param name="losses">Losses, n × K.</param>
    /// <param name="capacities">Number of samples for every route: K values ≥ 0 that sum to n.</param>
    /// <returns>The route of every sample, n values.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="losses"/> is null.</exception>
    /// <exception cref="ArgumentException">The capacities have the wrong length, a negative entry, or do not sum to n.</exception>
    /// <exception cref="InvalidOperationException">Forbidden entries (+∞) leave no assignment with these capacities.</exception>
    public int[] Assign(LossTable losses, ReadOnlySpan<int> capacities)
    {
        ArgumentNullException.ThrowIfNull(losses);
        SolverSettings.AtLeast(Threads, 0, nameof(Threads));
        if (capacities.Length != losses.Routes)
        {
            throw new ArgumentException($"capacities has {capacities.Length} values; the loss table has {losses.Routes} routes.", nameof(capacities));
        }

        long[] counts = new long[capacities.Length];
        long sum = 0;
        for (int k = 0; k < counts.Length; k++)
        {
            if (capacities[k] < 0)
            {
                throw new ArgumentException($"capacities[{k}] is {capacities[k]}; it must be at least 0.", nameof(capacities));
            }

            counts[k] = capacities[k];
            sum += counts[k];
        }

        if (sum != losses.Rows)
        {
            throw new ArgumentException($"capacities sum to {sum}; they must sum to the number of samples, {losses.Rows}.", nameof(capacities));
        }

        RouteNetwork network = new(losses, IntegerMasses.Counts(losses.Rows, counts), default, Threads);
        if (losses.Rows >= _warmStartRows)
        {
            double[] shares = Array.ConvertAll(counts, c => c / (double)losses.Rows);
            Start(network, TransportProblem.WithRoutePrior(losses, shares), null, CancellationToken.None);
        }
        else
        {
            network.AssignAll(new double[network.Nodes + 1], 0, CancellationToken.None);
            network.CollectCandidates(CancellationToken.None);
        }

        new ShortestAugmentation(network).Run(null, CancellationToken.None);
        return Array.ConvertAll(network.Primary, network.RouteOf);
    }

    private void Start(RouteNetwork network, TransportProblem problem, IProgress<TransportProgress>? progress, CancellationToken cancellationToken)
    {
        double[] potential = new double[network.Nodes + 1];
        double price = 0;
        LossTable losses = problem.Losses;
        double range = losses.Maximum - losses.Minimum;
        if (losses.Rows >= (problem.HasBudget ? _warmStartRowsWithBudget : _warmStartRows) && network.Nodes > 1 && range > 0)
        {
            RouteDuals duals = new(problem);
            using SoftAssignmentPass pass = new(problem, Threads);
            EntropicContinuation continuation = new(problem, pass, duals, progress);
            // The farther the start is from the budget's price, the more pivots there are; a row that is only misplaced costs less than a finer start.
            double smoothing = range * Math.Clamp(2 / Math.Sqrt(losses.Rows), 1e-3, problem.HasBudget ? 0.006 : 0.02);

            // A misplaced row is cheaper to move than to place by another pass.
            DualPoint point = continuation.Run(smoothing, Math.Max(1e-6, 1.0 / losses.Rows), 50, cancellationToken);
            double[] bounds = duals.BoundPotentials(point.X);
            price = duals.Price(point.X);
            for (int a = 0; a < network.Nodes; a++)
            {
                potential[a] = bounds[network.RouteOf(a)];
            }
        }

        network.AssignAll(potential, price, cancellationToken);
        network.CollectCandidates(cancellationToken);
    }
}
