using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>What part of the images each size gets in training, epoch by epoch.</summary>
internal static class ShareTables
{
    /// <summary>Shares of a prior that are looked after.</summary>
    private const double SmallestPrior = 0.05;

    /// <summary>Part of its share below which a size has collapsed.</summary>
    private const double SmallestPart = 0.25;

    public static void Write(Report report, ImageSplit split, List<MeasuredArm> arms)
    {
        var planned = arms.Where(arm => arm.Trained.Prior.Count > 0).ToList();
        var (chosen, even) = (arms.Single(arm => arm.Arm.ChoosesSizes), 1.0 / split.Sizes.Count);
        report.Text("### Shares of the sizes in training");
        report.Text(
            $"The least share that each size has in any epoch, beside its prior ({string.Join(" / ", split.Sizes)} pixels, percent). A size whose prior is {Report.Cost(SmallestPrior)} or more has collapsed in an epoch " +
            "that gives it less than a quarter of that. Ways of training that are not here give every size all images. DRNet's objective has no prior; it is held against even shares.");
        report.Table(
            ["training", "prior", "least share in any epoch", "least part of a prior", "collapsed"],
            planned.Append(chosen).Select(arm =>
            {
                var prior = arm == chosen ? [.. split.Sizes.Select(_ => even)] : arm.Trained.Prior;
                var least = split.Sizes.Select((_, k) => arm.Trained.Shares.Min(epoch => epoch[k])).ToList();
                var parts = split.Sizes.Select((size, k) => (Size: size, Prior: prior[k], Part: least[k] / prior[k])).Where(p => p.Prior >= SmallestPrior).ToList();
                var collapsed = parts.Where(p => p.Part < SmallestPart).Select(p => $"{p.Size}").ToList();
                return new[]
                {
                    arm.Arm.Title, arm == chosen ? "none" : Text(prior), Text(least), $"{parts.Min(p => p.Part):0.00}", collapsed.Count == 0 ? "none" : string.Join(", ", collapsed),
                };
            }));
        report.Text(
            "That a plan keeps to its prior is its construction, not a finding: the shares are its constraint. What it decides is which images; and it does so knowing their labels.");
        report.Text($"What DRNet's objective chooses, in the one setting that was measured (Gumbel-softmax of temperature 1; mean costs above {ChosenSizesTraining.Budget} of the largest size's are punished, with a weight of {ChosenSizesTraining.PenaltyWeight} nat for the whole of it), percent of the images of an epoch:");
        report.Table(
            ["epoch", .. split.Sizes.Select(s => $"{s}"), "mean cost"],
            chosen.Trained.Shares.Select((shares, epoch) => shares.Select(s => $"{100 * s:0.0}")
                .Prepend($"{epoch + 1}")
                .Append(Report.Cost(shares.Zip(split.Sizes, (s, size) => s * size * size / ((double)split.Largest * split.Largest)).Sum()))
                .ToArray()));
        var (last, most) = (chosen.Trained.Shares[^1], chosen.Trained.Shares[^1].Max());
        report.Text(
            $"In the last epoch {100 * most:0.0} % of the images were on {split.Sizes[last.ToList().IndexOf(most)]} pixels and {100 * last.Min():0.0} % on {split.Sizes[last.ToList().IndexOf(last.Min())]}. " +
            $"After training its predictor chooses {Text([.. split.Sizes.Select((_, k) => split.Test.Average(row => chosen.Trained.Chosen[row] == k ? 1.0 : 0))])} of the test images.");
    }

    private static string Text(IReadOnlyList<double> shares) => string.Join(" / ", shares.Select(s => $"{100 * s:0.0}"));
}
