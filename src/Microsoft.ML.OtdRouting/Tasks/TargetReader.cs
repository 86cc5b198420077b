namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Reads what is known to be true of the row that a cursor stands on. Belongs to one pass over the data.</summary>
internal abstract class TargetReader
{
    /// <summary>Reads the truth of the current row.</summary>
    /// <param name="target"><see cref="BoundTask.TargetLength"/> floats.</param>
    /// <param name="describeRow">Names the row in errors.</param>
    /// <exception cref="InvalidOperationException">It is missing or out of range; the message names row and column.</exception>
    public abstract void Read(Span<float> target, Func<string> describeRow);
}
