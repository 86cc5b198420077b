using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>Detection in photographs.</summary>
internal static class BloodMeasurement
{
    private static readonly double[] _budgets = [0.3, 0.4, 0.5, 0.6, 0.8, 1];

    private static readonly (string Title, Func<OtdRoutingComparison, PolicyResult> Of)[] _baselines =
    [
        ("static mix", p => p.StaticMix),
        ("cascade on the mean score", p => p.Cascade),
        ("calibrated cascade", p => p.CalibratedCascade),
        ("oracle", p => p.Oracle),
    ];

    public static void Run(MeasuringOptions options)
    {
        if (BloodImages.Open(options) is not { } images)
        {
            Progress.Write("BCCD is not measured: its images are not there.");
            return;
        }

        var network = BloodNetwork.Train(options, images);
        Progress.Write("BCCD: the time of assignments.");
        var share = AssignmentShare.Measure(options, images.Training);
        Progress.Write("BCCD: sizes alone.");
        var sizes = SizePrecision.Of(network, images.Scored);
        Progress.Write("BCCD: routers.");
        var routed = RoutedBlood.Measure(network, images.Scored, _budgets, DetectionLoss.AveragePrecision);
        var transported = RoutedBlood.Measure(network, images.Scored, _budgets, DetectionLoss.OptimalTransport);
        var report = new Report();
        WriteImages(report, images, network, share);
        WriteSizes(report, sizes, routed);
        WriteCurve(report, "Routed", sizes, routed);
        WriteCurve(report, "Routed by the loss of optimal transport", sizes, transported);
        report.Save(Path.Combine(options.Reports, "bccd-results.md"));
    }

    private static void WriteImages(Report report, BloodImages images, BloodNetwork network, double share)
    {
        report.Text("# Detection in photographs");
        report.Text("Written by `bash test/measure-training.sh`; do not edit. [detection.md](detection.md) says what the measures are.");
        report.Text(
            $"Blood under a microscope (BCCD, MIT licence), 640 × 480 pixels. The network is trained on its training part, {BloodImages.Describe(images.Training)}, from scratch. All is measured on its validation part, " +
            $"{BloodImages.Describe(images.Scored)}: in {RoutedBlood.Parts} parts, each by a router that was fitted on the others. So no router is tested on an image that it has seen, none is fitted on images that the network has seen, " +
            $"and the network has all of its own. It is a residual one of 10 layers with convolutions that all sizes share, trained by `DetectionObjective` for {BloodNetwork.Epochs} epochs; " +
            $"{network.Parameters:N0} numbers, {network.BusySeconds:0} s of one processor, of which the assignment by optimal transport takes {100 * share:0.0} %. Intervals are 95 %, paired, over the images; they are few, and of one laboratory.");
    }

    private static void WriteSizes(Report report, SizePrecision sizes, RoutedBlood routed)
    {
        report.Heading("Sizes alone", "AP, AP50, AP75 and recall in %, by COCO over all images; image AP is the mean of each image's own.");
        report.Table(
            ["size", "part of the cost", "AP", "AP50", "AP75", "recall", "image AP"],
            sizes.Coco.Select((coco, k) => new[]
            {
                BloodNetwork.Sizes[k].Name, Report.Cost(sizes.Costs[k] / sizes.Costs[^1]), Report.Percent(coco.Precision), Report.Percent(coco.AtHalf), Report.Percent(coco.AtThreeQuarters), Report.Percent(coco.Recall),
                Report.Percent(routed.Baseline(0, p => p.Resolutions[k]).Quality),
            }));
    }

    private static void WriteCurve(Report report, string title, SizePrecision sizes, RoutedBlood routed)
    {
        var largest = routed.Baseline(0, p => p.LargestCalibrated).Quality;
        report.Heading(
            title,
            "By COCO over all images, then image AP in %, every baseline at no more than the router's own cost; in parentheses the router's difference to it in points, with its interval. " +
            $"The largest size with its scores calibrated has an image AP of {Report.Percent(largest)} %.");
        report.Table(
            ["budget", "cost", "AP", "AP50", "image AP", .. _baselines.Select(b => b.Title)],
            _budgets.Select((budget, b) => new[]
                {
                    $"{100 * budget:0} %", Report.Cost(routed.Routed(b).MeanCost / sizes.Costs[^1]), Report.Percent(routed.Coco[b].Precision), Report.Percent(routed.Coco[b].AtHalf), Report.Percent(routed.Routed(b).Quality),
                }
                .Concat(_baselines.Select(baseline => Describe(routed.Baseline(b, baseline.Of))))
                .ToArray()));
    }

    private static string Describe(PooledPolicy policy) =>
        $"{Report.Percent(policy.Quality)} ({Report.Signed(100 * policy.Difference, 2)} ± {100 * policy.HalfWidth:0.0})";
}
