namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Filters lines along their length, a vector of neighbouring target positions at a time. Every target position sums its products from the first source
/// position to the last; multiplication and addition round separately, as on machines without fused ones. So all implementations give the same
/// bits, whatever the width of their vectors.
/// </summary>
/// <remarks>Immutable and safe for concurrent use.</remarks>
internal abstract class ColumnFilter
{
    /// <summary>Lines that are filtered together, so that weights are read once for all of them.</summary>
    public const int Lines = 3;

    /// <summary>Floats behind the last line that may be read; their values do not matter.</summary>
    public abstract int Spare { get; }

    /// <summary>The fastest filter along an axis that this machine has.</summary>
    public static ColumnFilter Create(ResizeAxis axis) => PermutedColumns.Fits(axis) ? new PermutedColumns(axis) : new DenseColumns(axis);

    /// <summary>Filters <see cref="Lines"/> lines.</summary>
    /// <param name="lines">The lines one after another, each as long as the axis' source, and <see cref="Spare"/> floats behind them.</param>
    /// <param name="first">Where the first line goes.</param>
    /// <param name="second">Where the second line goes.</param>
    /// <param name="third">Where the third line goes.</param>
    public abstract void Apply(ReadOnlySpan<float> lines, LineTarget first, LineTarget second, LineTarget third);

    /// <summary>Checks once, instead of at every position, that nothing is read behind the lines or written behind the targets.</summary>
    protected void Check(ResizeAxis axis, ReadOnlySpan<float> lines, LineTarget first, LineTarget second, LineTarget third)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lines.Length, (Lines * axis.Source) + Spare);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(first.Values.Length, Math.Min(second.Values.Length, third.Values.Length)), axis.Target);
    }

    /// <summary>Target positions of the vectors: one vector after another, of which the last ends at the last position and repeats some of the one before it.</summary>
    protected static IEnumerable<int> Targets(ResizeAxis axis, int lanes)
    {
        for (var next = 0; next < axis.Target; next += lanes)
        {
            yield return Math.Max(0, Math.Min(next, axis.Target - lanes));
        }
    }
}
