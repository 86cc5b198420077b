using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// Embeddings in which images of a class are near each other, of classes too that training has not seen: every class has a proxy, a direction that is trained along, and an image's
/// cross-entropy is that of its cosines to all proxies, divided by a temperature (Zhai and Wu 2019, "Classification is a strong baseline for deep metric learning"). The label
/// column holds keys. What is right is an image whose nearest proxy is that of its class. Routers take the output <c>embedding</c> of the files.
/// </summary>
public sealed class EmbeddingObjective : TrainingObjective
{
    /// <summary>What cosines are divided by; above 0, at most 1. Default 0.1: lower ones ask for less of classes that are told apart already.</summary>
    public double Temperature { get; init; } = 0.1;

    internal override string OutputName => "logits";

    internal override string Description => FormattableString.Invariant($"{nameof(EmbeddingObjective)} {Temperature}");

    internal override void Validate(TrainingOptions options)
    {
        if (Temperature is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, $"{nameof(Temperature)} is {Temperature}; it must be above 0 and at most 1.");
        }
    }

    internal override BoundObjective Bind(TrainingOptions options, DataViewSchema schema) =>
        new BoundClassificationObjective(KeyColumn.Bind(schema, options.LabelColumnName), options.LabelSmoothing);

    internal override MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings) =>
        Backbones.Create(backbone, settings with { ProxyTemperature = Temperature });
}
