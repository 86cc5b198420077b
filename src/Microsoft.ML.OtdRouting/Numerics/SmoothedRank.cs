namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// The rank of every new value among a sample and all values before it, from 0 to 1. While all of them are exchangeable, the ranks are independent and
/// uniform, whatever the distribution is (Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World", §8.2). Values are told apart by bins,
/// so that a rank takes O(bins) and no memory grows.
/// </summary>
/// <param name="counts">Values of the sample in every bin, in ascending order of the bins.</param>
/// <param name="own">
/// How much a value counts in its own rank. 1 where bins are categories. 0 where they lie between quantiles of the sample and one of them has one value more
/// than the sample has there: the chance that the next of n + m exchangeable values falls into a bin is that of its gaps between the n sorted ones,
/// and the values since (a Pólya urn).
/// </param>
internal sealed class SmoothedRank(double[] counts, double own)
{
    private readonly double[] _counts = [.. counts];
    private double _total = counts.Sum();

    /// <summary>The rank of a value, which counts from then on.</summary>
    /// <param name="bin">The value's bin.</param>
    /// <param name="place">Where the value is among those of its bin: uniform on 0..1, independent of it.</param>
    public double Next(int bin, double place)
    {
        var below = 0.0;
        for (var b = 0; b < bin; b++)
        {
            below += _counts[b];
        }

        var rank = (below + (place * (_counts[bin] + own))) / (_total + own);
        _counts[bin]++;
        _total++;
        return rank;
    }
}
