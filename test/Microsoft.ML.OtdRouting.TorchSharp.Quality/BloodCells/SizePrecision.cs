using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>What each size finds by itself.</summary>
/// <param name="Costs">The cost of each, in FLOPs.</param>
/// <param name="Coco">What COCO says of each.</param>
internal sealed record SizePrecision(IReadOnlyList<double> Costs, IReadOnlyList<PrecisionMeasure> Coco)
{
    /// <summary>Scores all images at all sizes.</summary>
    public static SizePrecision Of(BloodNetwork network, IReadOnlyList<AnnotatedImage> images)
    {
        void Write(string message) => Progress.Write(message);
        using var scorers = new ScorerSet(network.Resolutions, ImageFit.Letterbox, new ScoringOptions(), Write);
        var view = BloodImages.View(new MLContext(1), images);
        var task = (BoundDetection)BloodNetwork.TaskOf(DetectionLoss.AveragePrecision).Bind(view.Schema, scorers);
        var reader = new ObservationReader(
            scorers, task, nameof(AnnotatedImage.Image), new FittingOptions(), scorers.WindowRows(promised: false), new RowFailures(RowFailureAction.Fail, Write), _ => { }, CancellationToken.None);
        var observations = reader.Read(view);
        return new SizePrecision(scorers.Costs, [.. Enumerable.Range(0, scorers.Costs.Count).Select(size =>
        {
            var precision = new CocoPrecision();
            for (var row = 0; row < observations.Rows; row++)
            {
                precision.Add(task.Found(observations.Kept(size, row)), ObjectReader.Objects(observations.Target(row))!);
            }

            return precision.Measure(AreaRange.All);
        })]);
    }
}
