using System.Buffers;
using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Temperature scaling by maximum likelihood (Guo et al. 2017, "On calibration of modern neural networks").</summary>
internal static class TemperatureFit
{
    private const int MaxIterations = 50;

    /// <summary>With more classes than this, sums over the classes of a row are vectorised in single precision.</summary>
    private const int MostClassesInDouble = 64;

    /// <summary>1/T of some of the resolutions; one for the others.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="task">Says what the outputs are.</param>
    /// <param name="labels">The classes that are taken for true.</param>
    /// <param name="aligned">How outputs are aligned.</param>
    /// <param name="resolutions">The resolutions to fit.</param>
    public static float[] Fit(Observations observations, BoundClassification task, RowLabels labels, AlignedBy aligned, IReadOnlyList<int> resolutions)
    {
        var inverse = Enumerable.Repeat(1f, observations.Resolutions).ToArray();
        if (task.Classes.Count <= MostClassesInDouble)
        {
            Parallel.ForEach(resolutions, resolution => inverse[resolution] = (float)Fit(observations, task, labels, aligned, resolution));
            return inverse;
        }

        var rows = Enumerable.Range(0, observations.Rows).ToArray();
        foreach (var resolution in resolutions)
        {
            inverse[resolution] = (float)MostLikely(Logits(observations, task, aligned, resolution), rows, observations, labels);
        }

        return inverse;
    }

    /// <summary>Minus the logarithm of the probability of the class of every row, at the temperature under which all of them are most likely.</summary>
    /// <param name="logits">Rows × classes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="observations">Knows their weights.</param>
    /// <param name="labels">The classes that are taken for true.</param>
    public static double[] Surprise(float[] logits, int[] rows, Observations observations, RowLabels labels)
    {
        var classes = logits.Length / rows.Length;
        var beta = (float)MostLikely(logits, rows, observations, labels);
        var surprise = new double[rows.Length];
        Parallel.For(0, rows.Length, i => surprise[i] = Likelihood(logits.AsSpan(i * classes, classes), beta, labels, rows[i]).Surprise);
        return surprise;
    }

    private static double MostLikely(float[] logits, int[] rows, Observations observations, RowLabels labels)
    {
        var classes = logits.Length / rows.Length;
        var at = new (double Surprise, double Slope, double Curvature)[rows.Length];
        return MostLikely(inverse =>
        {
            Parallel.For(0, rows.Length, i => at[i] = Likelihood(logits.AsSpan(i * classes, classes), (float)inverse, labels, rows[i]));
            double slope = 0, curvature = 0;
            for (var i = 0; i < rows.Length; i++)
            {
                slope += observations.Weight(rows[i]) * at[i].Slope;
                curvature += observations.Weight(rows[i]) * at[i].Curvature;
            }

            return (slope, curvature);
        });
    }

    /// <summary>Aligned logits of all rows: rows × classes.</summary>
    private static float[] Logits(Observations observations, BoundClassification task, AlignedBy aligned, int resolution)
    {
        var classes = task.Classes.Count;
        var logits = new float[observations.Rows * classes];
        Parallel.For(0, observations.Rows, row =>
        {
            var target = logits.AsSpan(row * classes, classes);
            task.ReadLogits(resolution, observations.Kept(resolution, row), target);
            task.Align(resolution, aligned, observations.Fold(row), target);
        });
        return logits;
    }

    /// <summary>
    /// Minimises the mean negative log-likelihood over β = 1/T, which is convex: Newton steps, kept inside a bracket of the sign of the slope.
    /// </summary>
    private static double Fit(Observations observations, BoundClassification task, RowLabels labels, AlignedBy aligned, int resolution)
    {
        var logits = new float[task.Classes.Count];
        return MostLikely(beta =>
        {
            double slope = 0, curvature = 0;
            for (var row = 0; row < observations.Rows; row++)
            {
                task.ReadLogits(resolution, observations.Kept(resolution, row), logits);
                task.Align(resolution, aligned, observations.Fold(row), logits);
                var (mean, variance) = Moments(logits, beta);
                slope += observations.Weight(row) * (mean - (labels.Soft is { } soft ? TensorPrimitives.Dot<float>(soft.AsSpan(row * logits.Length, logits.Length), logits) : logits[labels.Supervision[row]]));
                curvature += observations.Weight(row) * variance;
            }

            return (slope, curvature);
        });
    }

    private static double MostLikely(Func<double, (double Slope, double Curvature)> evaluate)
    {
        double low = 0.02, high = 50, beta = 1;
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            var (slope, curvature) = evaluate(beta);
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

    /// <summary>Negative log-likelihood of one row at β, with its derivatives by β.</summary>
    private static (double Surprise, double Slope, double Curvature) Likelihood(ReadOnlySpan<float> logits, float beta, RowLabels labels, int row)
    {
        var scratch = ArrayPool<float>.Shared.Rent(logits.Length);
        var p = scratch.AsSpan(0, logits.Length);
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), p);
        TensorPrimitives.Multiply(p, beta, p);
        TensorPrimitives.Exp(p, p);
        var total = TensorPrimitives.Sum<float>(p);
        var mean = TensorPrimitives.Dot(p, logits) / total;
        var truth = labels.Soft is { } soft ? TensorPrimitives.Dot(soft.AsSpan(row * logits.Length, logits.Length), logits) : logits[labels.Supervision[row]];
        var surprise = MathF.Log(total) + (beta * (TensorPrimitives.Max(logits) - truth));
        TensorPrimitives.Multiply(p, logits, p);
        var square = TensorPrimitives.Dot(p, logits) / total;
        ArrayPool<float>.Shared.Return(scratch);
        return (surprise, mean - truth, Math.Max(0, square - (mean * mean)));
    }
}
