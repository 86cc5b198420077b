namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>Brings features to mean zero and deviation one, so that a penalty means the same for all of them.</summary>
/// <param name="Mean">Mean of every feature.</param>
/// <param name="Deviation">Standard deviation of every feature; one for a constant feature.</param>
internal sealed record Standardisation(double[] Mean, double[] Deviation)
{
    /// <summary>Gives the features of a row.</summary>
    public delegate ReadOnlySpan<float> Rows(int row);

    /// <summary>Weighted moments of features, in two passes over the rows in their order.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="count">Number of features.</param>
    /// <param name="featuresOf">Features of a row.</param>
    /// <param name="weightOf">Weight of a row.</param>
    public static Standardisation Of(int rows, int count, Rows featuresOf, Func<int, double> weightOf)
    {
        var mean = new double[count];
        var deviation = new double[count];
        var total = 0.0;
        for (var row = 0; row < rows; row++)
        {
            var features = featuresOf(row);
            var weight = weightOf(row);
            total += weight;
            for (var i = 0; i < count; i++)
            {
                mean[i] += weight * features[i];
            }
        }

        for (var i = 0; i < count; i++)
        {
            mean[i] /= total;
        }

        for (var row = 0; row < rows; row++)
        {
            var features = featuresOf(row);
            var weight = weightOf(row);
            for (var i = 0; i < count; i++)
            {
                var centred = features[i] - mean[i];
                deviation[i] += weight * centred * centred;
            }
        }

        for (var i = 0; i < count; i++)
        {
            var variance = deviation[i] / total;
            deviation[i] = variance > 1e-12 ? Math.Sqrt(variance) : 1;
        }

        return new Standardisation(mean, deviation);
    }

    /// <summary>Standardises the features of a row.</summary>
    public void Apply(ReadOnlySpan<float> features, Span<double> target)
    {
        for (var i = 0; i < features.Length; i++)
        {
            target[i] = (features[i] - Mean[i]) / Deviation[i];
        }
    }

    /// <inheritdoc cref="Apply(ReadOnlySpan{float}, Span{double})"/>
    public void Apply(ReadOnlySpan<float> features, Span<float> target)
    {
        for (var i = 0; i < features.Length; i++)
        {
            target[i] = (float)((features[i] - Mean[i]) / Deviation[i]);
        }
    }

    /// <summary>Restates a linear function of standardised features as one of the features as they are.</summary>
    /// <param name="coefficients">A coefficient a feature, then the intercept.</param>
    /// <param name="weights">Gets a coefficient a feature.</param>
    /// <returns>The intercept.</returns>
    public float Undo(ReadOnlySpan<double> coefficients, Span<float> weights)
    {
        var intercept = coefficients[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var coefficient = coefficients[i] / Deviation[i];
            weights[i] = (float)coefficient;
            intercept -= coefficient * Mean[i];
        }

        return (float)intercept;
    }
}
