using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>
/// Routers, each fitted on four fifths of the images and tested on the last fifth: so all images are tested, none by a router that has seen it, and all training images are left to the network. Part of the training
/// images in place of that would make the network worse and fit one router on fewer images; halves would fit each on fewer.
/// </summary>
/// <param name="Points">Comparisons by budget, then by part.</param>
/// <param name="Coco">By budget: what COCO says of all images together.</param>
internal sealed record RoutedBlood(IReadOnlyList<IReadOnlyList<OtdRoutingComparison>> Points, IReadOnlyList<PrecisionMeasure> Coco)
{
    /// <summary>Parts of the images.</summary>
    public const int Parts = 5;

    /// <summary>Fits and measures.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Images that it was not trained on.</param>
    /// <param name="fractions">Budgets, as parts of the largest size's cost.</param>
    /// <param name="loss">What the routers minimise.</param>
    public static RoutedBlood Measure(BloodNetwork network, IReadOnlyList<AnnotatedImage> images, IReadOnlyList<double> fractions, DetectionLoss loss)
    {
        var context = new MLContext(1);
        var points = fractions.Select(_ => new List<OtdRoutingComparison>()).ToList();
        var coco = fractions.Select(_ => new CocoPrecision()).ToList();
        for (var part = 0; part < Parts; part++)
        {
            IReadOnlyList<AnnotatedImage> Of(bool isTested) => [.. images.Where((_, i) => i % Parts == part == isTested)];
            var (tested, test) = (Of(true), BloodImages.View(context, Of(true)));
            var options = new OtdResolutionRouter.Options { Task = BloodNetwork.TaskOf(loss), ImageFit = ImageFit.Letterbox };
            foreach (var resolution in network.Resolutions)
            {
                options.Resolutions.Add(resolution);
            }

            using var router = context.OtdRouting().Route(options).Fit(BloodImages.View(context, Of(false)));
            var compared = context.OtdRouting().Sweep(router, test, [.. fractions.Select(ComputeBudget.FractionOfLargest)]);
            for (var b = 0; b < fractions.Count; b++)
            {
                points[b].Add(compared[b]);
                using var routed = router.WithBudget(ComputeBudget.FractionOfLargest(fractions[b]));
                foreach (var (found, image) in Read(routed.Transform(test)).Zip(tested))
                {
                    coco[b].Add(found, BloodImages.Objects(image));
                }
            }
        }

        return new RoutedBlood(points, [.. coco.Select(c => c.Measure(AreaRange.All))]);
    }

    /// <summary>The router's quality at a budget over all images, and its cost.</summary>
    public (double Quality, double MeanCost) Routed(int budget)
    {
        var all = (double)Points[budget].Sum(p => p.Metrics.Rows);
        return (Points[budget].Sum(p => p.Metrics.Rows / all * p.Metrics.Quality), Points[budget].Sum(p => p.Metrics.Rows / all * p.Metrics.MeanCost));
    }

    /// <summary>Another policy at a budget over all images.</summary>
    public PooledPolicy Baseline(int budget, Func<OtdRoutingComparison, PolicyResult> of) => PooledPolicy.Of([.. Points[budget].Select(p => (p.Metrics.Rows, of(p)))]);

    private static IEnumerable<List<DetectedObject>> Read(IDataView scored) => scored.GetColumn<float[]>("PredictedBoundingBoxes")
        .Zip(scored.GetColumn<uint[]>("PredictedLabel"), scored.GetColumn<float[]>("Score"))
        .Select(row => row.Third.Select((score, i) =>
            new DetectedObject(new Box(row.First[4 * i], row.First[(4 * i) + 1], row.First[(4 * i) + 2], row.First[(4 * i) + 3]), score, (int)row.Second[i] - 1)).ToList());
}
