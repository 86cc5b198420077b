namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// The capital of someone who bets against ranks being uniform. While they are independent and uniform it is a martingale that starts at one and is never
/// negative, so the chance that it ever reaches <c>1/α</c> is at most α (Ville 1939); who does not know when ranks change can watch it forever.
/// </summary>
/// <remarks>
/// Bets follow what the last ranks were, with a short and a long memory, in equal bins. A change that comes late must not meet a gambler who lost everything
/// waiting for it: the capital is shared out among gamblers that begin every hundred ranks, the t-th of them with <c>1 / (t (t + 1))</c>.
/// </remarks>
/// <param name="bins">Number of bins of the bets.</param>
internal sealed class RankMartingale(int bins)
{
    private const int RanksPerStart = 100;

    /// <summary>How many ranks the two memories are worth.</summary>
    private static readonly double[] Memories = [200, 2_000];

    private readonly double[] _atWork = new double[Memories.Length];
    private readonly double[][] _seen = Memories.Select(_ => new double[bins]).ToArray();
    private readonly double[] _sums = new double[Memories.Length];
    private double _waiting = 1;
    private long _ranks;

    /// <summary>The capital now.</summary>
    public double Capital
    {
        get
        {
            var capital = _waiting;
            foreach (var part in _atWork)
            {
                capital += part;
            }

            return capital;
        }
    }

    /// <summary>Settles the bets on a rank and places the next ones.</summary>
    /// <param name="rank">From 0 to 1.</param>
    public void Add(double rank)
    {
        var start = 0.0;
        if (_ranks++ % RanksPerStart == 0)
        {
            double t = (_ranks / RanksPerStart) + 1;
            start = 1 / (t * (t + 1));
            // What the later ones begin with, summed: without what rounding would leave of a difference.
            _waiting = 1 / (t + 1);
        }

        var bin = Math.Min((int)(rank * bins), bins - 1);
        for (var m = 0; m < Memories.Length; m++)
        {
            var (seen, memory) = (_seen[m], Memories[m]);
            // Ranks that nobody has seen, spread evenly, keep bets from being rash.
            var prior = memory / 4;
            var odds = bins * (seen[bin] + (prior / bins)) / (_sums[m] + prior);
            _atWork[m] = (_atWork[m] + (start / Memories.Length)) * odds;
            var kept = 1 - (1 / memory);
            for (var b = 0; b < bins; b++)
            {
                seen[b] *= kept;
            }

            seen[bin]++;
            _sums[m] = (_sums[m] * kept) + 1;
        }
    }
}
