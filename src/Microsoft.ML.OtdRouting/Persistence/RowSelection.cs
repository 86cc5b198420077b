namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Which fitting rows a saved router keeps: enough to set prices for another budget as well as before.</summary>
internal static class RowSelection
{
    /// <summary>
    /// With this many rows the sampling error of a budget that is set after loading has a standard deviation of one hundredth (1/√rows) of that of the
    /// costs, and the file does not grow with the fitting data.
    /// </summary>
    public const int MaxRows = 10_000;

    /// <summary>Every so many rows, evenly over the data.</summary>
    public static int[] Of(int rows)
    {
        var step = (rows + MaxRows - 1) / MaxRows;
        return Enumerable.Range(0, (rows + step - 1) / step).Select(i => i * step).ToArray();
    }
}
