using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Tables;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>Ways of training at several sizes, at equal numbers of images seen: every size alone, all together, and routed.</summary>
internal static class TrainingMeasurement
{
    private static readonly double[] _budgets = [0.3, 0.5, 0.7];

    public static void Run(MeasuringOptions options)
    {
        var report = new Report();
        report.Text("# Ways of training, measured");
        report.Text("Written by `bash test/measure-training.sh`; do not edit. [training.md](training.md) says what the options mean.");
        report.Text(
            "Every way of training sees the same images, equally often, with the same changes, in the same order, from the same seed, at all sizes; the rest is the product's default. " +
            "**These are short trainings on parts of the sets, far from trained out, each with one seed.** They compare ways of training at equal effort; they do not say what is left of a difference after long training. " +
            "Intervals are 95 % over the test images and hold nothing of the luck of a seed.");
        foreach (var (open, title) in new (Func<MeasuringOptions, ImageSplit?>, string)[] { (ImageSplit.Fashion, "Fashion-MNIST"), (ImageSplit.Cifar, "CIFAR-10") })
        {
            if (open(options) is not { } split)
            {
                report.Heading(title, "Not measured: its images were not there.");
                continue;
            }

            var training = new ArmTraining(options, split);
            var trained = split.Arms.Select(arm => (Arm: arm, Trained: training.Train(arm))).ToList();
            var arms = trained.Select(t => new MeasuredArm(options, split, t.Arm, t.Trained)).ToList();
            report.Heading(
                split.Title,
                $"Residual network of 8 layers, sizes {string.Join(", ", split.Sizes)}, {split.Epochs} epochs of {arms[0].Trained.Images:N0} images. {split.Source} Routed: the product's router with its defaults.");
            WriteAccuracies(report, split, arms);
            ShareTables.Write(report, split, arms);
            WriteThumbnails(report, options, split, arms);
            arms.ForEach(arm => arm.Dispose());
        }

        Directory.CreateDirectory(options.Reports);
        report.Save(Path.Combine(options.Reports, "training-results.md"));
    }

    private static void WriteAccuracies(Report report, ImageSplit split, List<MeasuredArm> arms)
    {
        var routed = arms.ToDictionary(arm => arm, arm => _budgets.Select(arm.Route).ToList());
        var strays = arms.Max(arm => _budgets.Zip(routed[arm], (budget, r) => Math.Abs(r.Cost - budget)).Max());
        report.Text("### Accuracy");
        report.Text(
            "Percent of the test images: each size alone, the mean of the probabilities of all sizes, and routed at a part of the largest size's cost. " +
            $"Routed costs are within {Report.Cost(strays)} of the largest size's cost of their budgets. Seconds are those of one processor, which had other work to do, too: a difference of a few tenths says nothing.");
        report.Table(
            ["training", "parameters", "seconds", .. split.Sizes.Select(s => $"{s}"), "all together", .. _budgets.Select(b => $"routed at {100 * b:0} %")],
            arms.Select(arm => new[] { arm.Arm.Title, $"{arm.Trained.Parameters:N0}", $"{arm.Trained.BusySeconds:0}" }
                .Concat(arm.Singles.Append(arm.Together).Concat(routed[arm].Select(r => r.Right)).Select(Percent))
                .ToArray()));
        WriteDifferences(report, split, arms, routed);
    }

    private static void WriteDifferences(Report report, ImageSplit split, List<MeasuredArm> arms, Dictionary<MeasuredArm, List<(bool[] Right, double Cost)>> routed)
    {
        var shared = arms.Single(arm => arm.Arm == TrainingArm.Shared);
        var others = arms.Where(arm => arm != shared).ToList();
        var means = others.ToDictionary(arm => arm, arm => Difference([.. routed[arm].Select(r => r.Right)], [.. routed[shared].Select(r => r.Right)]));
        report.Text("The same as differences to the default, in points, on the same test images:");
        report.Table(
            ["training", .. split.Sizes.Select(s => $"{s}"), "all together", .. _budgets.Select(b => $"routed at {100 * b:0} %"), "mean of the routed"],
            others.Select(arm => arm.Singles.Append(arm.Together).Concat(routed[arm].Select(r => r.Right))
                .Zip(shared.Singles.Append(shared.Together).Concat(routed[shared].Select(r => r.Right)), (own, reference) => Difference([own], [reference]).ToPoints())
                .Prepend(arm.Arm.Title)
                .Append(means[arm].ToPoints())
                .ToArray()));
        report.Text("By the mean of the routed, with the networks of this one seed:");
        report.Text(
            $"- better than the default beyond the interval: {Titles(m => m.Lower > 0)};\n" +
            $"- worse beyond it: {Titles(m => m.Mean + m.HalfWidth < 0)};\n" +
            $"- not to be told from it: {Titles(m => m.Lower <= 0 && m.Mean + m.HalfWidth >= 0)}.");

        string Titles(Func<Sample, bool> condition)
        {
            var titles = others.Where(arm => condition(means[arm])).Select(arm => arm.Arm.Title).ToList();
            return titles.Count == 0 ? "none" : string.Join("; ", titles);
        }
    }

    private static void WriteThumbnails(Report report, MeasuringOptions options, ImageSplit split, List<MeasuredArm> arms)
    {
        var shared = arms.Single(arm => arm.Arm == TrainingArm.Shared);
        var chosen = arms.Single(arm => arm.Arm.ChoosesSizes);
        using var predictor = new ScorerSet(
            [MeasuredArm.Model(chosen.Trained.PredictorFile!, split.Sizes[0])], ImageFit.CenterCrop, new ScoringOptions(), message => Progress.Write(message));
        var cost = predictor.Costs[0];
        var part = cost / shared.Family.LargestCost;
        var router = new ThumbnailRouter(shared.Family, split, cost, options.Threads);
        report.Text("### What a thumbnail brings");
        report.Text(
            $"In place of the product's router, whose first look is what the smallest size says and part of the answer: a network of {ChosenSizesTraining.PredictorWidth} channels on the image at {split.Sizes[0]} pixels, which costs " +
            $"{Report.Cost(part)} of the largest size and answers nothing. It learns what each set of sizes loses, on the {split.FittingRows:N0} images that the product's router is fitted on, in five folds (Adam, " +
            "learning rate 0.002, 10 epochs); exact transport on held-out predictions sets the prices. " +
            $"On images that it has not learned from it explains {100 * router.Explained:0.0} % of the variance of the losses of routes, relative to each other. " +
            (router.LearnedNothing ? "What it says is worth nothing there, so it is taken for a constant: all images then take the same route, whatever the budget. " : "") +
            "The sizes are those of the default training; the product is measured at the cost " +
            $"that each other router has on the test images. With the network, no image costs less than {Report.Cost(router.LeastBudget)}; smaller budgets are left out.");
        var rows = new List<string[]>();
        foreach (var budget in _budgets.Where(budget => budget >= router.LeastBudget))
        {
            Add($"thumbnail, one size an image, budget {100 * budget:0} %", router.At(budget, onlySingles: true));
            Add($"thumbnail, any set of sizes, budget {100 * budget:0} %", router.At(budget, onlySingles: false));
        }

        report.Table(["router", "cost", "right %", "product's cost", "right %", "difference, points"], rows);
        var own = chosen.OwnChoice(part);
        report.Text(
            $"The predictor that learned with the networks (DRNet's objective) gets {Percent(own.Right)} % right at {Report.Cost(own.Cost)} of the cost, its own included; the product's router " +
            $"{Percent(chosen.Route(own.Cost).Right)} % at that budget on the same networks, and {Percent(shared.Route(own.Cost).Right)} % on those of the default training.");

        void Add(string name, (bool[] Right, double Cost) measured)
        {
            var product = shared.Route(measured.Cost);
            rows.Add(
            [
                name, Report.Cost(measured.Cost), Percent(measured.Right), Report.Cost(product.Cost), Percent(product.Right), Difference([measured.Right], [product.Right]).ToPoints(),
            ]);
        }
    }

    private static string Percent(bool[] right) => Report.Percent(right.Average(r => r ? 1.0 : 0));

    /// <summary>What is right of the first less what is right of the second, image by image, each the mean of several.</summary>
    private static Sample Difference(IReadOnlyList<bool[]> right, IReadOnlyList<bool[]> reference)
    {
        var difference = new Sample();
        for (var row = 0; row < right[0].Length; row++)
        {
            difference.Add((right.Count(r => r[row]) - reference.Count(r => r[row])) / (double)right.Count);
        }

        return difference;
    }
}
