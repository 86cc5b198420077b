using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Features, fold and weight of every row.</summary>
internal sealed class FeatureTable
{
    private readonly FloatRows _features;
    private readonly byte[] _folds;
    private readonly float[]? _weights;

    /// <param name="features">Features, row by row.</param>
    /// <param name="folds">The fold of every row.</param>
    /// <param name="foldCount">Number of folds.</param>
    /// <param name="weights">Weights of the rows; null for equal ones.</param>
    public FeatureTable(FloatRows features, byte[] folds, int foldCount, float[]? weights)
    {
        _features = features;
        _folds = folds;
        _weights = weights;
        FoldCount = foldCount;
    }

    /// <summary>Numbers per row.</summary>
    public int Count => _features.Length;

    public int Rows => _folds.Length;

    public int FoldCount { get; }

    public ReadOnlySpan<float> Row(int row) => _features[row];

    public int Fold(int row) => _folds[row];

    public double Weight(int row) => _weights?[row] ?? 1;

    /// <summary>Brings the features to mean zero and deviation one.</summary>
    public Standardisation Standardise() => Standardisation.Of(Rows, Count, row => Row(row), Weight);
}
