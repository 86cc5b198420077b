using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Calibration;

/// <summary>Temperature scaling by maximum likelihood (Guo et al. 2017, "On calibration of modern neural networks").</summary>
internal static class TemperatureFit
{
    private const int MaxIterations = 50;

    /// <summary>1/T of every resolution.</summary>
    public static float[] Fit(OutputTable table, ModelOutputKind[] kinds) =>
        kinds.Select((kind, resolution) => (float)Fit(table, resolution, kind)).ToArray();

    /// <summary>
    /// Minimises the mean negative log-likelihood over β = 1/T, which is convex: Newton steps, kept inside a bracket of the sign of the slope.
    /// </summary>
    private static double Fit(OutputTable table, int resolution, ModelOutputKind kind)
    {
        double low = 0.02, high = 50, beta = 1;
        var logits = new float[table.Classes];
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            double slope = 0, curvature = 0;
            for (var row = 0; row < table.Rows; row++)
            {
                LogProbabilities.ToLogits(kind, table.Output(resolution, row), logits);
                var (mean, variance) = Moments(logits, beta);
                slope += table.Weight(row) * (mean - logits[table.Labels[row]]);
                curvature += table.Weight(row) * variance;
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
