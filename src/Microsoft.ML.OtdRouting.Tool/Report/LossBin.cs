namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Images with about the same predicted loss on the route that they took: predicted against actual errors.</summary>
/// <param name="Rows">Number of images.</param>
/// <param name="Predicted">Mean predicted loss: by the router's loss, the probability of a wrong answer.</param>
/// <param name="Wrong">Share of wrong answers.</param>
/// <param name="Low">Lower end of the 95 % interval of <paramref name="Wrong"/> (Wilson 1927).</param>
/// <param name="High">Upper end of the same.</param>
internal sealed record LossBin(int Rows, double Predicted, double Wrong, double Low, double High)
{
    /// <summary>Fewer images than this in a bin say little.</summary>
    private const int MinRows = 25;

    /// <summary>97.5 % quantile of the normal distribution.</summary>
    private const double Quantile = 1.959963984540054;

    /// <summary>Cuts images into bins of equal numbers by their predicted loss.</summary>
    /// <param name="rows">What became of every image.</param>
    /// <param name="chosen">The images to look at; sorted in place.</param>
    /// <param name="most">Most bins.</param>
    public static IReadOnlyList<LossBin> Cut(RoutedRows rows, int[] chosen, int most)
    {
        // Ties in their order, so that equal data gives equal bins.
        Array.Sort(chosen, (a, b) => rows.PredictedLoss[a].CompareTo(rows.PredictedLoss[b]) is var order and not 0 ? order : a.CompareTo(b));
        int count = Math.Clamp(chosen.Length / MinRows, Math.Min(1, chosen.Length), most);
        LossBin[] bins = new LossBin[count];
        for (int bin = 0; bin < count; bin++)
        {
            int start = (int)((long)chosen.Length * bin / count), end = (int)((long)chosen.Length * (bin + 1) / count);
            bins[bin] = Of(rows, chosen.AsSpan(start, end - start));
        }

        return bins;
    }

    private static LossBin Of(RoutedRows rows, ReadOnlySpan<int> members)
    {
        double predicted = 0;
        int wrong = 0;
        foreach (int row in members)
        {
            predicted += rows.PredictedLoss[row];
            wrong += rows.IsRight(row) ? 0 : 1;
        }

        int n = members.Length;
        double share = (double)wrong / n, z = Quantile * Quantile / n;
        double centre = (share + (z / 2)) / (1 + z);
        double half = Quantile / (1 + z) * Math.Sqrt((share * (1 - share) / n) + (z / (4 * n)));
        return new LossBin(n, predicted / n, share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
