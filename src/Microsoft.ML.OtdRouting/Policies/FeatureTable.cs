namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Features, fold and weight of every fitting row.</summary>
internal sealed class FeatureTable
{
    private readonly float[] _features;
    private readonly byte[] _folds;
    private readonly float[]? _weights;

    public FeatureTable(float[] features, int count, byte[] folds, int foldCount, float[]? weights)
    {
        _features = features;
        _folds = folds;
        _weights = weights;
        Count = count;
        FoldCount = foldCount;
    }

    /// <summary>Numbers per row.</summary>
    public int Count { get; }

    public int Rows => _folds.Length;

    public int FoldCount { get; }

    public ReadOnlySpan<float> Row(int row) => _features.AsSpan(row * Count, Count);

    public int Fold(int row) => _folds[row];

    public double Weight(int row) => _weights?[row] ?? 1;

    /// <summary>Weights of the rows as a distribution; null when all rows weigh the same.</summary>
    public double[]? SamplePrior()
    {
        if (_weights is null)
        {
            return null;
        }

        var sum = _weights.Sum(w => (double)w);
        return Array.ConvertAll(_weights, w => w / sum);
    }

    /// <summary>Weighted mean and standard deviation of every feature; a constant feature gets deviation one.</summary>
    public (double[] Mean, double[] Deviation) Moments()
    {
        var mean = new double[Count];
        var deviation = new double[Count];
        var total = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            var features = Row(row);
            var weight = Weight(row);
            total += weight;
            for (var i = 0; i < Count; i++)
            {
                mean[i] += weight * features[i];
            }
        }

        for (var i = 0; i < Count; i++)
        {
            mean[i] /= total;
        }

        for (var row = 0; row < Rows; row++)
        {
            var features = Row(row);
            var weight = Weight(row);
            for (var i = 0; i < Count; i++)
            {
                var centred = features[i] - mean[i];
                deviation[i] += weight * centred * centred;
            }
        }

        for (var i = 0; i < Count; i++)
        {
            var variance = deviation[i] / total;
            deviation[i] = variance > 1e-12 ? Math.Sqrt(variance) : 1;
        }

        return (mean, deviation);
    }

    /// <summary>Standardised features with a one behind them, row after row: what a linear function with an intercept multiplies.</summary>
    /// <param name="mean">Mean of every feature, from <see cref="Moments"/>.</param>
    /// <param name="deviation">Standard deviation of every feature, from <see cref="Moments"/>.</param>
    public float[] Design(double[] mean, double[] deviation)
    {
        var design = new float[Rows * (Count + 1)];
        for (var row = 0; row < Rows; row++)
        {
            var features = Row(row);
            var target = design.AsSpan(row * (Count + 1), Count + 1);
            for (var i = 0; i < Count; i++)
            {
                target[i] = (float)((features[i] - mean[i]) / deviation[i]);
            }

            target[^1] = 1;
        }

        return design;
    }
}
