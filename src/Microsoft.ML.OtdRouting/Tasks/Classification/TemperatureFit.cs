using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Temperature scaling by maximum likelihood (Guo et al. 2017, "On calibration of modern neural networks").</summary>
internal static class TemperatureFit
{
    private const int MaxIterations = 50;

    /// <summary>1/T of some of the resolutions; one for the others.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="task">Says what the outputs are.</param>
    /// <param name="labels">The classes that are taken for true.</param>
    /// <param name="resolutions">The resolutions to fit.</param>
    public static float[] Fit(Observations observations, BoundClassification task, RowLabels labels, IReadOnlyList<int> resolutions)
    {
        var inverse = Enumerable.Repeat(1f, observations.Resolutions).ToArray();
        Parallel.ForEach(resolutions, resolution => inverse[resolution] = (float)Fit(observations, task, labels, resolution));
        return inverse;
    }

    /// <summary>
    /// Minimises the mean negative log-likelihood over β = 1/T, which is convex: Newton steps, kept inside a bracket of the sign of the slope.
    /// </summary>
    private static double Fit(Observations observations, BoundClassification task, RowLabels labels, int resolution)
    {
        var kind = task.OutputKind(resolution);
        double low = 0.02, high = 50, beta = 1;
        var logits = new float[task.Classes.Count];
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            double slope = 0, curvature = 0;
            for (var row = 0; row < observations.Rows; row++)
            {
                LogProbabilities.ToLogits(kind, observations.Kept(resolution, row)[..logits.Length], logits);
                var (mean, variance) = Moments(logits, beta);
                slope += observations.Weight(row) * (mean - (labels.Soft is { } soft ? TensorPrimitives.Dot<float>(soft.AsSpan(row * logits.Length, logits.Length), logits) : logits[labels.Supervision[row]]));
                curvature += observations.Weight(row) * variance;
            }

            (low, high) = slope > 0 ? (low, beta) : (beta, high);
            var next = curvature > 0 ? beta - (slope / curvature) : double.NaN;
            next = next > low && next < high ? next : Math.Sqrt(low * high);
            if (Math.Abs(next - beta) < 1e-7 * beta)
            {
                return next;
            }

            beta = next;
        }

        return beta;
    }

    /// <summary>Mean and variance of the logits under softmax(β z).</summary>
    private static (double Mean, double Variance) Moments(ReadOnlySpan<float> logits, double beta)
    {
        var max = float.MinValue;
        foreach (var z in logits)
        {
            max = Math.Max(max, z);
        }

        double total = 0, first = 0, second = 0;
        foreach (var z in logits)
        {
            var p = Math.Exp(beta * (z - max));
            total += p;
            first += p * z;
            second += p * z * z;
        }

        first /= total;
        return (first, Math.Max(0, (second / total) - (first * first)));
    }
}
