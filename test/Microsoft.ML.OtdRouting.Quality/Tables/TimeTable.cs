using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>Seconds of a fit by phase, and whether the number of threads changes the policy.</summary>
internal static class TimeTable
{
    public static void Write(Report report, ScoredFamily family, int[] fitting, IImageSet images)
    {
        var rows = new List<string[]>();
        T Time<T>(string phase, Func<T> run)
        {
            var clock = Stopwatch.StartNew();
            var result = run();
            rows.Add([phase, $"{clock.Elapsed.TotalSeconds:0.0} s"]);
            return result;
        }

        Time("reading and scoring all images at all resolutions", () => ScoredRows.Score(family.Name, family.Scorers, family.Task, images));
        var observations = family.Observe(fitting);
        var routes = family.RoutesUpTo();
        var (model, outcomes) = Time("ensembles and losses of all routes", () => family.Task.Fit(observations, 0, routes, CancellationToken.None));
        var features = RouterCandidate.Describe(model, observations);
        var crossFit = Time("predictors, cross-fitted", () => RidgeCrossFit.Fit(features, outcomes.Losses, CancellationToken.None));
        Time("prices, by exact transport", () => PriceFit.Solve(
            crossFit.HeldOut, routes, RoutingPrior.BudgetOnly(), 0.5 * family.LargestCost, null, CancellationToken.None));
        Time("all of it again with every resolution that may look first, and the baselines", () => new FittedFamily(family, observations));
        report.Table(["phase", "time"], rows);
        int[] threads = [1, 2, 8];
        report.Table(["threads", "SHA-256 of the policy"], threads.Select(n => new[] { $"{n}", Digest(family, observations, n) }));
    }

    private static string Digest(ScoredFamily family, Observations observations, int threads)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, threads), ports);
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
        var fit = Task.Factory.StartNew(
            () => new FittedFamily(family, observations), CancellationToken.None, TaskCreationOptions.None, scheduler).GetAwaiter().GetResult();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Append(ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));
        foreach (var candidate in fit.Fitted.Candidates)
        {
            foreach (var predictor in candidate.Predictors)
            {
                Append(predictor.Weights);
                Append(predictor.Bias);
            }

            hash.AppendData(candidate.Model.Save().Span);
            Append(candidate.HeldOut.Values);
        }

        Append(fit.At(0.5).Policy.Prices);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
