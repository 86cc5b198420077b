namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Calibrated log-probabilities of resolutions on every row, with the labels of the rows.</summary>
internal sealed class LogProbabilityTable
{
    /// <summary>With more classes than this, they are computed from the outputs when they are asked for: kept, they would double the memory of a fit.</summary>
    private const int MostClassesKept = 64;

    private readonly float[]?[] _values;
    private readonly Observations _observations;
    private readonly BoundClassification _task;
    private readonly RowLabels _labels;
    private readonly AlignedBy _aligned;

    /// <param name="observations">The rows.</param>
    /// <param name="task">Says what the outputs are.</param>
    /// <param name="labels">Classes of the rows.</param>
    /// <param name="aligned">How outputs are aligned.</param>
    /// <param name="inverseTemperatures">1/T of every resolution.</param>
    /// <param name="resolutions">The resolutions that are needed.</param>
    public LogProbabilityTable(
        Observations observations, BoundClassification task, RowLabels labels, AlignedBy aligned, float[] inverseTemperatures, IReadOnlyList<int> resolutions)
    {
        _observations = observations;
        _task = task;
        _labels = labels;
        _aligned = aligned;
        Classes = task.Classes.Count;
        InverseTemperatures = inverseTemperatures;
        _values = new float[]?[observations.Resolutions];
        foreach (var resolution in Classes <= MostClassesKept ? resolutions : [])
        {
            var values = new float[observations.Rows * Classes];
            for (var row = 0; row < observations.Rows; row++)
            {
                Read(resolution, row, values.AsSpan(row * Classes, Classes));
            }

            _values[resolution] = values;
        }
    }

    /// <summary>The rows.</summary>
    public Observations Observations => _observations;

    public int Rows => _observations.Rows;

    public int Classes { get; }

    public int FoldCount => _observations.FoldCount;

    /// <summary>1/T of every resolution.</summary>
    public float[] InverseTemperatures { get; }

    /// <summary>How outputs are aligned.</summary>
    public AlignedBy Aligned => _aligned;

    /// <summary>The classes that are taken for true.</summary>
    public ReadOnlySpan<int> Labels => _labels.Supervision;

    /// <summary>The true classes; −1 where there is none.</summary>
    public ReadOnlySpan<int> TrueLabels => _labels.Truth;

    /// <summary>The probabilities that the teacher gives to the classes of a row; empty where there are labels.</summary>
    public ReadOnlySpan<float> Soft(int row) => _labels.Soft is { } soft ? soft.AsSpan(row * Classes, Classes) : default;

    public int Fold(int row) => _observations.Fold(row);

    public float Weight(int row) => _observations.Weight(row);

    /// <summary>What a resolution says about a row.</summary>
    /// <param name="resolution">One of the resolutions that are needed.</param>
    /// <param name="row">The row.</param>
    /// <param name="target">One number a class.</param>
    public void Read(int resolution, int row, Span<float> target)
    {
        if (_values[resolution] is { } values)
        {
            values.AsSpan(row * Classes, Classes).CopyTo(target);
            return;
        }

        _task.ReadLogits(resolution, _observations.Kept(resolution, row), target);
        _task.Align(resolution, _aligned, _observations.Fold(row), target);
        LogProbabilities.Normalise(InverseTemperatures[resolution], target);
    }
}
