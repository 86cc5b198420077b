using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// A positive number for every position, such as its depth: the label column holds maps (vectors of <see cref="float"/>), networks answer with [batch, 1, height, width], half as high
/// and wide as the image, which is brought to the size of the label's map as the router's <see cref="DenseRegressionTask"/> brings it. What is right of an image is the share of
/// its pixels within 25 % of their value.
/// </summary>
/// <remarks>Maps are mirrored with their images, but not moved: <see cref="TrainingOptions.PadAndCrop"/> must be 0. Backbones are the residual ones.</remarks>
public sealed class DenseRegressionObjective : TrainingObjective
{
    /// <summary>What is lost by a map; of <see cref="DenseLoss.Squared"/>, the mean of (p − t)² as it is. Default <see cref="DenseLoss.AbsoluteRelative"/>.</summary>
    public DenseLoss Loss { get; set; } = DenseLoss.AbsoluteRelative;

    /// <summary>As <see cref="DenseRegressionTask.ScaleInvariance"/>; from 0 to 1. Default 0.5.</summary>
    public float ScaleInvariance { get; set; } = 0.5f;

    /// <summary>What stands in the label's map at pixels without a value, beside NaN. Default 0.</summary>
    public float MissingTarget { get; set; }

    internal override string OutputName => "depth";

    internal override string Description => FormattableString.Invariant($"{nameof(DenseRegressionObjective)} {Loss} {ScaleInvariance} {MissingTarget}");

    internal override void Validate(TrainingOptions options)
    {
        TaskOf(options).Validate();
        if (options.PadAndCrop != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options.PadAndCrop), options.PadAndCrop, $"{nameof(options.PadAndCrop)} is {options.PadAndCrop}; it must be 0, since maps are not moved with their images.");
        }

        RequireNoDistillation(options);
        RequireResidual(options);
    }

    internal override BoundObjective Bind(TrainingOptions options, DataViewSchema schema) => new BoundDenseObjective(TaskOf(options), schema, options.Largest);

    internal override MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings) => backbone switch
    {
        Backbone.ResNet8 => new DenseNetwork(settings, "dense8", stages: 3, settings.Width ?? 16),
        Backbone.ResNet10 => new DenseNetwork(settings, "dense10", stages: 4, settings.Width ?? 16),
        _ => new DenseNetwork(settings, "dense18", stages: 4, settings.Width ?? 32),
    };

    private DenseRegressionTask TaskOf(TrainingOptions options) => new()
    {
        TargetColumnName = options.LabelColumnName, Loss = Loss, ScaleInvariance = ScaleInvariance, MissingTarget = MissingTarget,
    };
}
