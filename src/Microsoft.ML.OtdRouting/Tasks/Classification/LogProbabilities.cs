using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Log-probabilities of a classifier from its raw output, at a temperature.</summary>
internal static class LogProbabilities
{
    /// <summary>Below this a log-probability says nothing but "not this one"; it keeps products of such numbers tame.</summary>
    public const float Least = -12;

    /// <summary><c>max(ln softmax(β z), −12)</c>; of probabilities, z is their logarithm.</summary>
    public static void Compute(ModelOutputKind kind, float inverseTemperature, ReadOnlySpan<float> output, Span<float> target)
    {
        ToLogits(kind, output, target);
        Normalise(inverseTemperature, target);
    }

    /// <summary>The same of logits, in place.</summary>
    public static void Normalise(float inverseTemperature, Span<float> target)
    {
        TensorPrimitives.Subtract(target, TensorPrimitives.Max<float>(target), target);
        TensorPrimitives.Multiply(target, inverseTemperature, target);
        var sum = 0f;
        foreach (var z in target)
        {
            sum += MathF.Exp(z);
        }

        TensorPrimitives.Subtract(target, MathF.Log(sum), target);
        TensorPrimitives.Max(target, Least, target);
    }

    /// <summary>Raw outputs as logits: the logarithm of probabilities, kept off minus infinity.</summary>
    public static void ToLogits(ModelOutputKind kind, ReadOnlySpan<float> output, Span<float> target)
    {
        if (kind == ModelOutputKind.Logits)
        {
            output.CopyTo(target);
            return;
        }

        TensorPrimitives.Max(output, 1e-12f, target);
        TensorPrimitives.Log(target, target);
    }
}
