using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>A MobileNet v2, trained at 224 pixels, adapted to smaller sizes: every size alone, and routed, before and after.</summary>
internal static class AdaptationMeasurement
{
    private const int Folds = 3;
    private const int Largest = 224;
    private const int FittingRows = 455;

    /// <summary>Sizes that are adapted, and one that stays as it is.</summary>
    private static readonly int[] _sizes = [96, 128, 160], _others = [192];

    private static readonly double[] _budgets = [0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9];

    public static void Run(MeasuringOptions options)
    {
        var report = new Report();
        report.Text("# Adaptation to smaller sizes, measured");
        report.Text("Written by `bash test/measure-training.sh`; do not edit.");
        var (file, photographs) = (Path.Combine(options.Shared, "models", "imagenet", "mobilenet_v2_1.0_dynamic.onnx"), Path.Combine(options.Shared, "data", "imagenet-nips17.zip"));
        if (!File.Exists(file) || !File.Exists(photographs))
        {
            Progress.Write($"Skipped: {file} or {photographs} is not there.");
            return;
        }

        var images = new ZippedImages(Largest, ZippedImages.Lines(photographs, "wnids.txt"), [photographs]);
        var folds = new AdaptedFolds(options, new Resolution(file, Largest), _sizes, images, Folds);
        var made = Enumerable.Range(0, Folds).Select(folds.Adapt).ToList();
        using var plain = Family(options, "plain", folds, images, _ => [.. _sizes.Select(size => new Resolution(file, size))], file);
        using var adapted = Family(options, "adapted", folds, images, fold => [.. made[fold].Select(m => new Resolution(m.File, m.Size))], file);

        report.Heading(
            "One MobileNet v2, trained at 224 pixels, adapted to 96, 128 and 160",
            $"{images.Count} photographs with labels of ImageNet, in {Folds} parts. Each part is scored by models that were adapted on the other {Folds - 1}, {made[0][0].TrainingImages + made[0][0].HeldBackImages} " +
            $"photographs without their labels ({made[0][0].HeldBackImages} of them kept back to see whether training helps), with the default options. So no photograph is scored by a model that was adapted on it. " +
            "Intervals are 95 % of the paired difference over the photographs.");
        WriteSizes(report, plain, adapted, made);
        WriteCurves(report, plain, adapted);
        Directory.CreateDirectory(options.Reports);
        report.Save(Path.Combine(options.Reports, "adaptation-results.md"));
    }

    /// <summary>All photographs, each scored by the models of its own part.</summary>
    private static ScoredFamily Family(
        MeasuringOptions options, string name, AdaptedFolds folds, ZippedImages images, Func<int, IReadOnlyList<Resolution>> small, string file) => ScoredFamily.Join(
            name,
            [.. Enumerable.Range(0, Folds).Select(fold => ScoredFamily.Open(
                $"{name}-{Folds}-{fold}",
                [.. small(fold), .. _others.Append(Largest).Select(size => new Resolution(file, size))],
                options.Cache,
                () => new ImageSubset(images, folds.Rows(fold))))]);

    private static void WriteSizes(Report report, ScoredFamily plain, ScoredFamily adapted, List<IReadOnlyList<AdaptedFile>> made)
    {
        var (before, after) = (Right(plain), Right(adapted));
        report.Table(
            ["size", "cost", "as it came %", "adapted %", "difference", "agreement with 224 on photographs kept back %, before", "after", "minutes on all processors, a part"],
            _sizes.Select((size, r) =>
            {
                var difference = new Sample();
                for (var row = 0; row < plain.Rows; row++)
                {
                    difference.Add((after[r][row] ? 1 : 0) - (before[r][row] ? 1 : 0));
                }

                var files = made.Select(m => m[r]).ToList();
                return new[]
                {
                    $"{size}", Report.Cost(plain.Scorers.Costs[r] / plain.LargestCost), Report.Percent(before[r].Average(x => x ? 1.0 : 0)), Report.Percent(after[r].Average(x => x ? 1.0 : 0)),
                    difference.ToPoints(), Report.Percent(files.Average(f => f.Before.Agreement)), Report.Percent(files.Average(f => f.After.Agreement)),
                    $"{files.Average(f => f.BusySeconds) / 60:0.0}",
                };
            }));
        report.Text($"{_others[0]} and {Largest} pixels are the model as it came: {Report.Percent(before[^2].Average(x => x ? 1.0 : 0))} and {Report.Percent(before[^1].Average(x => x ? 1.0 : 0))} %.");
    }

    private static void WriteCurves(Report report, ScoredFamily plain, ScoredFamily adapted)
    {
        report.Text(
            $"Routed between the five sizes: routers fitted on {FittingRows} photographs and tested on the other {plain.Rows - FittingRows}, in 20 random splits; every photograph as its own part's models score it. " +
            "Mean differences at the same budget with 95 % bounds over the splits, which share their photographs.");
        var (costs, routed, gains) = (Samples(), Samples(), Samples());
        var unrouted = Samples();
        foreach (var (fitting, test) in SplitTable.Random(plain.Rows, FittingRows, 20, 300))
        {
            var (without, with) = (Fit(plain, fitting, test), Fit(adapted, fitting, test));
            for (var i = 0; i < _budgets.Length; i++)
            {
                var (old, now) = (without(_budgets[i]), with(_budgets[i]));
                unrouted[i].Add(old.Accuracy);
                routed[i].Add(now.Accuracy);
                gains[i].Add(now.Accuracy - old.Accuracy);
                costs[i].Add(now.Cost / adapted.LargestCost);
            }
        }

        report.Table(
            ["budget", "cost", "sizes as they came, routed %", "adapted, routed %", "difference"],
            _budgets.Select((b, i) => new[] { Report.Cost(b), Report.Cost(costs[i].Mean), Report.Percent(unrouted[i].Mean), Report.Percent(routed[i].Mean), gains[i].ToPoints() }));
    }

    private static Func<double, (double Accuracy, double Cost)> Fit(ScoredFamily family, int[] fitting, int[] test)
    {
        var router = new FittedFamily(family, family.Observe(fitting));
        var rows = router.Rows(family.Observe(test));
        return budget =>
        {
            var (choices, outcomes, _) = router.Choose(rows, budget);
            return (choices.Accuracy(outcomes), choices.MeanCost);
        };
    }

    /// <summary>By resolution and row: whether the resolution alone is right.</summary>
    private static bool[][] Right(ScoredFamily family)
    {
        var observations = family.Observe(Enumerable.Range(0, family.Rows));
        var singles = family.Scorers.Costs.Select((cost, r) => new Route([r], family.Scorers.Names, cost)).ToList();
        var quality = family.Task.AsTheyAre(observations, singles).Outcomes(observations).Quality;
        return [.. singles.Select((_, r) => Enumerable.Range(0, family.Rows).Select(row => quality[row, r] > 0.5).ToArray())];
    }

    private static Sample[] Samples() => [.. _budgets.Select(_ => new Sample())];
}
