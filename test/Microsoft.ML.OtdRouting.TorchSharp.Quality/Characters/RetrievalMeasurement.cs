using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>Retrieval of characters of which neither the network nor the router has seen any.</summary>
internal static class RetrievalMeasurement
{
    private static readonly double[] _budgets = [0.3, 0.4, 0.5, 0.6, 0.8];

    /// <summary>What routers are fitted to, and whether on the gallery.</summary>
    private static readonly (EmbeddingLoss Loss, bool IsOfGallery)[] _fits =
    [
        (EmbeddingLoss.Cosine, false),
        (EmbeddingLoss.Neighbour, false),
        (EmbeddingLoss.RetrievedLabel, false),
        (EmbeddingLoss.Cosine, true),
        (EmbeddingLoss.RetrievedLabel, true),
    ];

    /// <summary>What the router is told apart from.</summary>
    private static readonly (string Title, Func<OtdRoutingComparison, PolicyResult> Of)[] _baselines =
    [
        ("static mix", p => p.StaticMix),
        ("cascade on the margin", p => p.Cascade),
        ("calibrated cascade", p => p.CalibratedCascade),
    ];

    public static void Run(MeasuringOptions options)
    {
        if (CharacterSplit.Open(options) is not { } split)
        {
            Progress.Write("Omniglot is not measured: its images are not there.");
            return;
        }

        var network = CharacterNetwork.Train(options, split);
        var report = new Report();
        WriteImages(report, split, network);
        WriteSizes(report, split, network);
        var fitted = _fits.Select(Measure).ToList();
        WriteSummary(report, fitted);
        WriteCosts(report, fitted);
        foreach (var router in fitted)
        {
            WriteRouter(report, router);
        }

        WriteUnlabelled(report, [.. fitted.Where(f => f.Unlabelled.Count > 0)]);
        report.Save(Path.Combine(options.Reports, "omniglot-results.md"));

        FittedCharacters Measure((EmbeddingLoss Loss, bool IsOfGallery) fit)
        {
            Progress.Write($"Omniglot: {fit.Loss}{(fit.IsOfGallery ? " on the gallery" : "")}.");
            return FittedCharacters.Measure(split, network, fit.Loss, fit.IsOfGallery, _budgets);
        }
    }

    private static void WriteImages(Report report, CharacterSplit split, CharacterNetwork network)
    {
        report.Text("# Retrieval with labels that the fit has not seen");
        report.Text("Written by `bash test/measure-training.sh`; do not edit. [retrieval.md](retrieval.md) says what the losses and the baselines are.");
        report.Text("Handwritten characters of Omniglot (Lake et al. 2015, MIT licence), 105 × 105 pixels, each drawn by 20 people. No alphabet is in two of these three parts:");
        report.Text(
            $"- the network is trained on {CharacterSplit.Describe(split.Training)}, turned by 0°, 90°, 180° and 270°, each turn a character of its own;\n" +
            $"- routers are fitted on {CharacterSplit.Describe(split.Fitting)}, as they are;\n" +
            $"- all are tested on {CharacterSplit.Describe(split.Gallery.Concat(split.Queries))}: drawers 1 to {CharacterSplit.GalleryDrawers} of each character are the gallery ({split.Gallery.Count:N0} images), " +
            $"the others the queries ({split.Queries.Count:N0}).");
        report.Text(
            $"The network is a residual one of 10 layers with convolutions that all sizes share, trained by `EmbeddingObjective` for {CharacterNetwork.Epochs} epochs of {network.Images:N0} images, without mirroring, moved by at most " +
            $"{CharacterNetwork.PadAndCrop} pixels; {network.Parameters:N0} numbers, {network.BusySeconds:0} s of one processor. **That is a short training with one seed.** " +
            "Intervals are 95 %, paired, over the queries as if these were independent; they are of few characters and few drawers, so that for other alphabets they are too narrow.");
    }

    private static void WriteSizes(Report report, CharacterSplit split, CharacterNetwork network)
    {
        var sizes = CharacterNetwork.Sizes;
        var mapped = SizeRecall.Of(split, network, sizes, split.Fitting);
        var mappedByGallery = SizeRecall.Of(split, network, sizes, split.Gallery);
        var plain = SizeRecall.Of(split, network, sizes, null);
        var alone = sizes.ToDictionary(size => size, size => SizeRecall.Of(split, network, [size], null));
        report.Heading(
            "Sizes alone",
            "Recall at 1 and at 5 in %. Queries are at the size, the gallery is at the largest one, and in the last column at the size of the queries. The maps between the spaces are those that the task fits, " +
            "without labels: to the fitting alphabets, as routers below have them, or to the gallery.");
        report.Table(
            ["size", "part of the cost", "maps of the fitting alphabets", "without maps", "maps of the gallery", "gallery at the size"],
            sizes.Select((size, k) => new[] { $"{size}", Report.Cost(mapped.Costs[k] / mapped.Costs[^1]) }
                .Concat(new[] { mapped, plain, mappedByGallery, alone[size] }.Select(recall => $"{recall.At1(size)}, {recall.At5(size)}"))
                .ToArray()));
    }

    private static void WriteSummary(Report report, IReadOnlyList<FittedCharacters> fitted)
    {
        report.Heading(
            "What routing brings",
            $"Of {_budgets.Length} budgets: at how many the router finds more than a baseline beyond the interval, at how many less, and its mean difference to it over the budgets in points of recall at 1. " +
            "Routers keep to the budget window by window (`BudgetEnforcement.PerWindow`). Those that are fitted on the gallery stand here for contrast: they have seen the test alphabets, `RetrievedLabel` their labels too, but no query.");
        report.Table(
            ["router", .. _baselines.SelectMany(b => new[] { $"{b.Title}: more", "less", "mean" })],
            fitted.Select(f => _baselines
                .SelectMany(b =>
                {
                    var results = f.Points.Select(b.Of).ToList();
                    return new[] { $"{results.Count(r => r.DifferenceInterval.Low > 0)}", $"{results.Count(r => r.DifferenceInterval.High < 0)}", Report.Signed(100 * results.Average(r => r.Difference), 2) };
                })
                .Prepend(f.Title)
                .ToArray()));
    }

    private static void WriteCosts(Report report, IReadOnlyList<FittedCharacters> fitted)
    {
        report.Heading(
            "Whether the budget is kept",
            "What routers cost with the prices of the fit alone (`BudgetEnforcement.Calibrated`, the default), as a part of the largest size's cost. Prices are right for images like those of the fit; more than 100 % is an ensemble.");
        report.Table(
            ["router", .. _budgets.Select(budget => $"budget {100 * budget:0} %")],
            fitted.Select(f => f.PricedCosts.Select(Report.Cost).Prepend(f.Title).ToArray()));
    }

    private static void WriteRouter(Report report, FittedCharacters fitted)
    {
        var largest = fitted.Points[0].LargestCalibrated;
        report.Heading(
            fitted.Title,
            "Recall in %, every baseline at no more than the router's own cost; in parentheses the router's difference to it in points, with its interval. " +
            $"The largest size with what the router fits to it finds {Report.Percent(largest.Quality)} % at 1.");
        report.Table(
            ["budget", "cost", "routed: at 1", "at 5", .. _baselines.Select(b => $"{b.Title}: at 1")],
            _budgets.Zip(fitted.Points, (budget, p) => new[]
                {
                    $"{100 * budget:0} %", Report.Cost(p.Metrics.MeanCost / largest.MeanCost), Report.Percent(p.Metrics.Quality), Report.Percent(p.Metrics["recall at 5"]),
                }
                .Concat(_baselines.Select(b => Describe(b.Of(p))))
                .ToArray()));
    }

    private static void WriteUnlabelled(Report report, IReadOnlyList<FittedCharacters> fitted)
    {
        report.Heading(
            "Fitted without any labels",
            $"`{nameof(EmbeddingLoss.Cosine)}` and `{nameof(EmbeddingLoss.Neighbour)}` need none, but above labels of the fitting images told the policy where an image stands, and tuned the cascades. " +
            "Here routers are fitted without a label column. Recall at 1 in %, with its own interval, and the cost:");
        report.Table(
            ["router", .. _budgets.Select(budget => $"budget {100 * budget:0} %")],
            fitted.Select(f => f.Unlabelled
                .Select(u => $"{Report.Percent(u.Recall.Value)} ({100 * u.Recall.Interval.Low:0.0} to {100 * u.Recall.Interval.High:0.0}) at {Report.Cost(u.Cost)}")
                .Prepend(f.Title)
                .ToArray()));
    }

    private static string Describe(PolicyResult result) =>
        $"{Report.Percent(result.Quality)} ({Report.Signed(100 * result.Difference, 2)}, {Report.Signed(100 * result.DifferenceInterval.Low, 1)} to {Report.Signed(100 * result.DifferenceInterval.High, 1)})";
}
