using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Scoring;

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

        var options = new OtdResolutionRouter.Options();
        Time("reading and scoring all images at all resolutions", () => ScoredRows.Score(family.Name, family.Scorers, family.Features, images));
        var table = family.Table(fitting);
        var ensembles = Time("ensembles of all routes", () =>
            EnsembleFit.Fit(table, family.Routes, family.Scorers.OutputKinds, true, CancellationToken.None));
        var outcomes = Time("losses of all routes", () => RouteOutcomes.Compute(
            new LogProbabilityTable(table, family.Scorers.OutputKinds, ensembles.Deployed.InverseTemperatures.ToArray()),
            family.Routes, row => ensembles.ByFold[table.Fold(row)], options.Loss));
        var features = table.ToFeatureTable(family.Features.CalibrateTo(ensembles));
        var crossFit = Time("predictors, cross-fitted", () => RidgeCrossFit.Fit(features, outcomes.Losses, family.Routes.Count, CancellationToken.None));
        Time("prices, by exact transport", () => PriceFit.Solve(
            crossFit.HeldOut, table.Rows, family.Routes, options.Prior, 0.5 * family.LargestCost, null, CancellationToken.None));
        Time("all of it again with every resolution that may look first", () => FittedRouter.To(family, table));
        report.Table(["phase", "time"], rows);
        int[] threads = [1, 2, 8];
        report.Table(["threads", "SHA-256 of the policy"], threads.Select(n => new[] { $"{n}", Digest(family, table, n) }));
    }

    private static string Digest(ScoredFamily family, OutputTable table, int threads)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, threads), ports);
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
        var fit = Task.Factory.StartNew(
            () => FittedRouter.To(family, table).Whole, CancellationToken.None, TaskCreationOptions.None, scheduler).GetAwaiter().GetResult();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Append(ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));
        foreach (var predictor in fit.Policy.Predictors)
        {
            Append(predictor.Weights);
            Append(predictor.Bias);
        }

        foreach (var pool in fit.Ensemble.Pools.Concat(fit.Policy.FeatureCalibration?.Pools ?? []))
        {
            Append([.. pool.Weights, .. pool.Bias, .. pool.Mixing ?? []]);
        }

        Append(fit.Policy.Calibration.Prices);
        Append(fit.Ensemble.InverseTemperatures);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
