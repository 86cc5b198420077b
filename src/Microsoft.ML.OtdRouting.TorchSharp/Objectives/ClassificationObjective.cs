using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// Classes: the label column holds keys, networks answer with logits [batch, classes], which are held against the class by cross-entropy. What is right is an image whose
/// largest logit is that of its class.
/// </summary>
public sealed class ClassificationObjective : TrainingObjective
{
    internal override string OutputName => "logits";

    internal override BoundObjective Bind(TrainingOptions options, DataViewSchema schema) =>
        new BoundClassificationObjective(KeyColumn.Bind(schema, options.LabelColumnName), options.LabelSmoothing);

    internal override MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings) => Backbones.Create(backbone, settings);
}
