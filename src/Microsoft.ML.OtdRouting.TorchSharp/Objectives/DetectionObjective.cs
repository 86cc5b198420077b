using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Training.Assignment;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// Boxes of objects: the label column holds a vector of keys, another the boxes, as <see cref="DetectionTask"/> has them. Networks answer with [batch, 4 + classes, predictions], of which the first four rows are centre
/// and size in pixels of the input, and the others scores: routers take the files as they are, by <see cref="DetectionOutput.ClassScores"/>. What is right of an image is its average precision.
/// </summary>
/// <remarks>
/// The backbones are the residual ones, with three grids: <see cref="Backbone.ResNet8"/> has strides of 4, 8 and 16 pixels, the others 8, 16 and 32. Boxes are moved and mirrored with their images, and cut at the edges.
/// </remarks>
public sealed class DetectionObjective : TrainingObjective
{
    /// <summary>Column with the boxes of the objects: x0, y0, x1, y1 of each, in pixels of the upright source image. Default <c>BoundingBoxes</c>.</summary>
    public string BoundingBoxColumnName { get; init; } = "BoundingBoxes";

    /// <summary>Column that says how each object counts, as <see cref="DetectionTask.IgnoredColumnName"/>: predictions in objects that do not count are not judged. Default null: all count.</summary>
    public string? IgnoredColumnName { get; init; }

    /// <summary>Objects of an image, at most; 1 to 63. Default 63.</summary>
    public int MaxObjects { get; init; } = TransportAssignment.MostObjects;

    /// <summary>Which predictions are held against which objects. Default <see cref="DetectionAssignment.OptimalTransport"/>.</summary>
    public DetectionAssignment Assignment { get; init; }

    internal override string OutputName => "detections";

    internal override string Description => FormattableString.Invariant($"{nameof(DetectionObjective)} {Assignment} {MaxObjects}");

    internal override void Validate(TrainingOptions options)
    {
        TaskOf(options).Validate();
        if (!Enum.IsDefined(Assignment))
        {
            throw new ArgumentOutOfRangeException(nameof(Assignment), Assignment, $"{nameof(Assignment)} is {Assignment}; expected one of {string.Join(", ", Enum.GetNames<DetectionAssignment>())}.");
        }

        if (MaxObjects is < 1 or > TransportAssignment.MostObjects)
        {
            throw new ArgumentOutOfRangeException(nameof(MaxObjects), MaxObjects, $"{nameof(MaxObjects)} is {MaxObjects}; it must be from 1 to {TransportAssignment.MostObjects}.");
        }

        RequireNoDistillation(options);
        RequireResidual(options);
    }

    internal override BoundObjective Bind(TrainingOptions options, DataViewSchema schema) => new BoundDetectionObjective(TaskOf(options), CreateAssignment(), schema, options.Largest);

    internal override MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings) => backbone switch
    {
        Backbone.ResNet8 => new DetectorNetwork(settings, "detector8", stages: 3, blocksOfStage: 1, settings.Width ?? 24),
        Backbone.ResNet10 => new DetectorNetwork(settings, "detector10", stages: 4, blocksOfStage: 1, settings.Width ?? 24),
        _ => new DetectorNetwork(settings, "detector18", stages: 4, blocksOfStage: 2, settings.Width ?? 32),
    };

    internal PredictionAssignment CreateAssignment() => Assignment switch
    {
        DetectionAssignment.OptimalTransport => new TransportAssignment(),
        DetectionAssignment.Cheapest => new CheapestAssignment(),
        _ => new OverlapAssignment(),
    };

    internal DetectionTask TaskOf(TrainingOptions options) => new()
    {
        LabelColumnName = options.LabelColumnName, BoundingBoxColumnName = BoundingBoxColumnName, IgnoredColumnName = IgnoredColumnName, MaxObjects = MaxObjects,
    };
}
