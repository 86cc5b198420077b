using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Calibration;

/// <summary>Calibrated log-probabilities of every resolution on every row.</summary>
internal sealed class LogProbabilityTable
{
    private readonly float[][] _values;
    private readonly int[]? _labels;

    /// <param name="table">The outputs.</param>
    /// <param name="kinds">What the outputs are, one a resolution.</param>
    /// <param name="inverseTemperatures">1/T of every resolution.</param>
    /// <param name="labels">Classes in place of the table's labels; null to keep these.</param>
    public LogProbabilityTable(OutputTable table, ModelOutputKind[] kinds, float[] inverseTemperatures, int[]? labels = null)
    {
        Table = table;
        _labels = labels;
        _values = new float[kinds.Length][];
        for (var resolution = 0; resolution < kinds.Length; resolution++)
        {
            var values = _values[resolution] = new float[table.Rows * table.Classes];
            for (var row = 0; row < table.Rows; row++)
            {
                LogProbabilities.Compute(
                    kinds[resolution], inverseTemperatures[resolution], table.Output(resolution, row), values.AsSpan(row * table.Classes, table.Classes));
            }
        }
    }

    /// <summary>The outputs that this was made from.</summary>
    public OutputTable Table { get; }

    /// <summary>The classes that are taken for true.</summary>
    public ReadOnlySpan<int> Labels => _labels ?? Table.Labels;

    public ReadOnlySpan<float> Row(int resolution, int row) => _values[resolution].AsSpan(row * Table.Classes, Table.Classes);

    /// <summary>Puts the members of a route beside each other.</summary>
    public void Gather(Route route, int row, Span<float> target)
    {
        for (var m = 0; m < route.Resolutions.Count; m++)
        {
            Row(route.Resolutions[m], row).CopyTo(target[(m * Table.Classes)..]);
        }
    }
}
