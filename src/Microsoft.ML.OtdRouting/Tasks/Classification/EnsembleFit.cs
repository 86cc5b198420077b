using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Fits the predictions of all routes: a pool for every route, of the complexity that predicts held-out rows best.
/// </summary>
/// <param name="Deployed">Fitted to all rows.</param>
/// <param name="ByFold">For every fold, the ensemble fitted to the rows of the other folds: it gives the losses of the fold's rows.</param>
internal sealed record EnsembleFit(Ensemble Deployed, IReadOnlyList<Ensemble> ByFold)
{
    private const int MaxIterations = 60;
    private const double Tolerance = 1e-6;

    /// <summary>
    /// With more classes than this, matrices of classes × classes have more parameters than a fitting set can set: resolutions are aligned instead.
    /// </summary>
    public const int MaxMixedClasses = 64;

    /// <summary>With fewer rows than this a class, a bias a class is noise.</summary>
    private const int LeastRowsPerClass = 10;

    /// <summary>Fits to labelled rows.</summary>
    /// <param name="table">Log-probabilities of the resolutions, with labels and folds.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <param name="candidates">Penalties to choose from; null for <see cref="PoolPenalty.Candidates"/>.</param>
    /// <param name="known">Pools that have been fitted with these penalties; null for none.</param>
    public static EnsembleFit Fit(
        LogProbabilityTable table,
        IReadOnlyList<Route> routes,
        CancellationToken cancellationToken,
        IReadOnlyList<PoolPenalty>? candidates = null,
        KnownPools? known = null)
    {
        var pools = new PoolFit[routes.Count];
        var likely = table.Classes <= MaxMixedClasses
            ? null
            : LikelyClasses.Of(table, routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray(), cancellationToken);
        Parallel.For(
            0,
            routes.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            k =>
            {
                PoolFit Fit() => FitPool(table, likely, routes[k], candidates ?? PoolPenalty.Candidates, cancellationToken);
                // The likely classes of a row are those of all resolutions of the fit: then a pool is one of its fit.
                pools[k] = known is null || likely is not null ? Fit() : known.Get(table.Observations, routes[k], Fit);
            });
        Ensemble Assemble(AlignedBy aligned, Func<PoolFit, LogPool> pool) => new(routes, aligned, table.InverseTemperatures, pools.Select(pool).ToArray());
        return new EnsembleFit(
            Assemble(AlignedBy.AllRows, p => p.Deployed),
            Enumerable.Range(0, table.FoldCount).Select(fold => Assemble(AlignedBy.OtherFolds, p => p.ByFold[fold])).ToArray());
    }

    private static PoolFit FitPool(
        LogProbabilityTable table, LikelyClasses? likely, Route route, IReadOnlyList<PoolPenalty> candidates, CancellationToken cancellationToken)
    {
        IPoolLikelihood Likelihood(int[] of) => likely is null ? new LogPoolLikelihood(table, route, of) : new SparseLogPoolLikelihood(table, likely, route, of);
        var folds = table.FoldCount;
        var rows = Enumerable.Range(0, table.Rows).ToArray();
        var training = new IPoolLikelihood[folds];
        var heldOut = new IPoolLikelihood[folds];
        for (var fold = 0; fold < folds; fold++)
        {
            training[fold] = Likelihood(rows.Where(r => table.Fold(r) != fold).ToArray());
            heldOut[fold] = Likelihood(rows.Where(r => table.Fold(r) == fold).ToArray());
        }

        // From strong to weak penalties, each starting where the last one ended; a weaker one than the best is not better twice running.
        var current = Enumerable.Range(0, folds).Select(_ => Start(route.Resolutions.Count, table.Classes)).ToArray();
        var best = (Error: double.PositiveInfinity, Penalty: candidates[0], Parameters: current);
        var worse = 0;
        foreach (var penalty in candidates)
        {
            if (worse == 2 || (penalty.HasBias && table.Rows < LeastRowsPerClass * table.Classes) || (penalty.HasMixing && table.Classes > MaxMixedClasses))
            {
                break;
            }

            current = current.Select((start, fold) => Solve(training[fold], start, penalty, cancellationToken)).ToArray();
            var error = current.Select((parameters, fold) => heldOut[fold].Weight * heldOut[fold].Mean(parameters)).Where(double.IsFinite).Sum();
            worse = error < best.Error ? 0 : worse + 1;
            best = error < best.Error ? (error, penalty, current) : best;
        }

        var all = Likelihood(rows);
        LogPool Pool(double[] parameters) => ToPool(parameters, route.Resolutions.Count, table.Classes);
        return new PoolFit(Pool(Solve(all, best.Parameters[0], best.Penalty, cancellationToken)), best.Parameters.Select(Pool).ToArray());
    }

    private static double[] Start(int members, int classes)
    {
        var parameters = new double[members + classes];
        Array.Fill(parameters, 1.0 / members, 0, members);
        return parameters;
    }

    private static double[] Solve(IPoolLikelihood likelihood, double[] start, PoolPenalty penalty, CancellationToken cancellationToken)
    {
        var parameters = new double[likelihood.ParameterCount(penalty.HasMixing)];
        start.CopyTo(parameters, 0);
        if (likelihood.Rows > 0)
        {
            double Evaluate(ReadOnlySpan<double> point, Span<double> gradient)
            {
                // Once a pass over the rows: the pools of ten and more folds take seconds.
                cancellationToken.ThrowIfCancellationRequested();
                return likelihood.Evaluate(point, gradient, penalty);
            }

            LimitedMemoryBfgs.Minimise(Evaluate, parameters, Tolerance, MaxIterations);
        }

        return parameters;
    }

    private static LogPool ToPool(double[] parameters, int members, int classes)
    {
        float[] Slice(int start, int length) => parameters.Skip(start).Take(length).Select(p => (float)p).ToArray();
        var mixing = Slice(members + classes, members * classes * classes);
        return new LogPool(Slice(0, members), Slice(members, classes), mixing.Length == 0 ? null : mixing);
    }
}

/// <summary>The pool of a route.</summary>
/// <param name="Deployed">Fitted to all rows.</param>
/// <param name="ByFold">For every fold, the pool fitted to the rows of the other folds.</param>
internal sealed record PoolFit(LogPool Deployed, LogPool[] ByFold);
