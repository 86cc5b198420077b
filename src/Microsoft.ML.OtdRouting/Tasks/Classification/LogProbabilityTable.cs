namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Calibrated log-probabilities of resolutions on every row, with the labels of the rows.</summary>
internal sealed class LogProbabilityTable
{
    private readonly float[]?[] _values;
    private readonly Observations _observations;
    private readonly RowLabels _labels;

    /// <param name="observations">The rows.</param>
    /// <param name="task">Says what the outputs are.</param>
    /// <param name="labels">Classes of the rows.</param>
    /// <param name="inverseTemperatures">1/T of every resolution.</param>
    /// <param name="resolutions">The resolutions that are needed.</param>
    public LogProbabilityTable(
        Observations observations, BoundClassification task, RowLabels labels, float[] inverseTemperatures, IReadOnlyList<int> resolutions)
    {
        _observations = observations;
        _labels = labels;
        Classes = task.Classes.Count;
        InverseTemperatures = inverseTemperatures;
        _values = new float[]?[observations.Resolutions];
        foreach (var resolution in resolutions)
        {
            var values = _values[resolution] = new float[observations.Rows * Classes];
            for (var row = 0; row < observations.Rows; row++)
            {
                LogProbabilities.Compute(
                    task.OutputKind(resolution),
                    inverseTemperatures[resolution],
                    observations.Kept(resolution, row)[..Classes],
                    values.AsSpan(row * Classes, Classes));
            }
        }
    }

    public int Rows => _observations.Rows;

    public int Classes { get; }

    public int FoldCount => _observations.FoldCount;

    /// <summary>1/T of every resolution.</summary>
    public float[] InverseTemperatures { get; }

    /// <summary>The classes that are taken for true.</summary>
    public ReadOnlySpan<int> Labels => _labels.Supervision;

    /// <summary>The true classes; −1 where there is none.</summary>
    public ReadOnlySpan<int> TrueLabels => _labels.Truth;

    /// <summary>The probabilities that the teacher gives to the classes of a row; empty where there are labels.</summary>
    public ReadOnlySpan<float> Soft(int row) => _labels.Soft is { } soft ? soft.AsSpan(row * Classes, Classes) : default;

    public int Fold(int row) => _observations.Fold(row);

    public float Weight(int row) => _observations.Weight(row);

    public ReadOnlySpan<float> Row(int resolution, int row) => _values[resolution].AsSpan(row * Classes, Classes);

    /// <summary>Puts the members of a route beside each other.</summary>
    public void Gather(Route route, int row, Span<float> target)
    {
        for (var m = 0; m < route.Resolutions.Count; m++)
        {
            Row(route.Resolutions[m], row).CopyTo(target[(m * Classes)..]);
        }
    }
}
