namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Fits temperatures and ensemble weights by maximum likelihood of the labels.</summary>
internal static class EnsembleFit
{
    private const int MaxIterations = 200;

    /// <summary>
    /// A temperature for every resolution (Guo et al. 2017, "On calibration of modern neural networks"), then weights for every route by
    /// expectation maximisation. Without labels, temperatures stay one and the resolutions of a route weigh the same.
    /// </summary>
    public static Ensemble Fit(OutputTable table, IReadOnlyList<Route> routes, ModelOutputKind[] kinds, bool labelled)
    {
        if (!labelled)
        {
            return new Ensemble(
                routes,
                kinds,
                Enumerable.Repeat(1f, kinds.Length).ToArray(),
                routes.Select(r => Enumerable.Repeat(1f / r.Resolutions.Count, r.Resolutions.Count).ToArray()).ToArray());
        }

        var inverseTemperatures = new float[kinds.Length];
        var likelihoods = new float[kinds.Length][];
        var logits = new float[table.Classes];
        for (var resolution = 0; resolution < kinds.Length; resolution++)
        {
            inverseTemperatures[resolution] = (float)FitInverseTemperature(table, resolution, kinds[resolution]);
            likelihoods[resolution] = new float[table.Rows];
            for (var row = 0; row < table.Rows; row++)
            {
                Ensemble.Probabilities(kinds[resolution], inverseTemperatures[resolution], table.Output(resolution, row), logits);
                likelihoods[resolution][row] = Math.Max(logits[table.Labels[row]], 1e-12f);
            }
        }

        var weights = routes.Select(r => FitWeights(r.Resolutions.Select(m => likelihoods[m]).ToArray())).ToArray();
        return new Ensemble(routes, kinds, inverseTemperatures, weights);
    }

    /// <summary>
    /// Minimises the mean negative log-likelihood over β = 1/T, which is convex: Newton steps, kept inside a bracket of the sign of the slope.
    /// </summary>
    private static double FitInverseTemperature(OutputTable table, int resolution, ModelOutputKind kind)
    {
        double low = 0.02, high = 50, beta = 1;
        var logits = new float[table.Classes];
        for (var iteration = 0; iteration < 50; iteration++)
        {
            double slope = 0, curvature = 0;
            for (var row = 0; row < table.Rows; row++)
            {
                Ensemble.ToLogits(kind, table.Output(resolution, row), logits);
                var (mean, variance) = Moments(logits, beta);
                slope += mean - logits[table.Labels[row]];
                curvature += variance;
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

    /// <summary>Mixture weights of fixed components: every step raises the likelihood, which is concave.</summary>
    private static float[] FitWeights(float[][] likelihoods)
    {
        var members = likelihoods.Length;
        var weights = Enumerable.Repeat(1.0 / members, members).ToArray();
        if (members == 1)
        {
            return [1];
        }

        var sums = new double[members];
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            Array.Clear(sums);
            var rows = likelihoods[0].Length;
            for (var row = 0; row < rows; row++)
            {
                var total = 0.0;
                for (var m = 0; m < members; m++)
                {
                    total += weights[m] * likelihoods[m][row];
                }

                for (var m = 0; m < members; m++)
                {
                    sums[m] += weights[m] * likelihoods[m][row] / total;
                }
            }

            var change = 0.0;
            for (var m = 0; m < members; m++)
            {
                change = Math.Max(change, Math.Abs((sums[m] / rows) - weights[m]));
                weights[m] = sums[m] / rows;
            }

            if (change < 1e-6)
            {
                break;
            }
        }

        return Array.ConvertAll(weights, w => (float)w);
    }
}
