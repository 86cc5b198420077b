using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Compares what the models answer with what they are said to answer. A softmax on probabilities, or none on logits, fails nowhere: the router would
/// only be poor.
/// </summary>
internal static class OutputCheck
{
    private const float Tolerance = 1e-3f;

    /// <summary>Throws where the outputs of a resolution are not of its <see cref="Resolution.OutputKind"/>.</summary>
    /// <param name="observations">What the models said about the rows.</param>
    /// <param name="task">Says what the outputs are meant to be.</param>
    /// <exception cref="ArgumentException">Logits are probabilities on every row, or probabilities are none on some row.</exception>
    public static void Require(Observations observations, BoundClassification task)
    {
        for (var resolution = 0; resolution < observations.Resolutions; resolution++)
        {
            var wrong = Enumerable.Range(0, observations.Rows).FirstOrDefault(row => !AreProbabilities(observations, task, resolution, row), -1);
            var model = task.Scorer(resolution);
            if (task.OutputKind(resolution) == ModelOutputKind.Logits && wrong < 0 && observations.Rows > 0)
            {
                throw new ArgumentException(
                    $"'{model.Resolution.ModelFile}' is said to answer with logits, but its output '{model.OutputName}' holds probabilities on all " +
                    $"{observations.Rows} rows: numbers from 0 to 1 with the sum 1. Set {nameof(Resolution.OutputKind)} to " +
                    $"{nameof(ModelOutputKind.Probabilities)} (otd: --output probabilities).");
            }

            if (task.OutputKind(resolution) == ModelOutputKind.Probabilities && wrong >= 0)
            {
                var values = Values(observations, task, resolution, wrong);
                throw new ArgumentException(
                    $"'{model.Resolution.ModelFile}' is said to answer with probabilities, but on row {wrong} its output '{model.OutputName}' holds numbers " +
                    $"from {TensorPrimitives.Min(values):G4} to {TensorPrimitives.Max(values):G4} with the sum {TensorPrimitives.Sum(values):G4}; probabilities are " +
                    $"at least 0 with the sum 1. Set {nameof(Resolution.OutputKind)} to {nameof(ModelOutputKind.Logits)} (otd: --output logits).");
            }
        }
    }

    private static ReadOnlySpan<float> Values(Observations observations, BoundClassification task, int resolution, int row) =>
        observations.Kept(resolution, row)[..task.Classes.Count];

    /// <summary>Whether the outputs are probabilities; what a background takes of their sum is not kept.</summary>
    private static bool AreProbabilities(Observations observations, BoundClassification task, int resolution, int row)
    {
        var values = Values(observations, task, resolution, row);
        var sum = TensorPrimitives.Sum(values);
        return TensorPrimitives.Min(values) >= -Tolerance && sum <= 1 + Tolerance && (task.Background(resolution) is not null || sum >= 1 - Tolerance);
    }
}
