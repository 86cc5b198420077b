namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Finds the size of batch at which an image takes least, from the batches that are scored anyway: small ones stay in the processor's caches, large ones save what
/// every run costs. Which size is taken changes no result. Safe for concurrent use.
/// </summary>
/// <param name="most">Images in one run, at most.</param>
internal sealed class BatchSizes(int most)
{
    /// <summary>Runs of each size before one is preferred; the fastest of them counts, since what else happens on a machine only ever makes one slower.</summary>
    private const int Trials = 4;

    private readonly object _lock = new();
    private readonly long[] _best = [.. Enumerable.Range(0, 32).Select(_ => long.MaxValue)];
    private readonly int[] _trials = new int[32];

    /// <summary>The size for the next batches.</summary>
    /// <param name="images">Images that are to be scored.</param>
    public int Next(int images)
    {
        lock (_lock)
        {
            var (chosen, least) = (0, long.MaxValue);
            // One image alone is left out: a matrix product with one row may take another way, and its sum other last bits.
            for (var size = 1; Of(size) <= Math.Min(most, images); size++)
            {
                if (_trials[size] < Trials)
                {
                    // Counted when it is asked for, so that all sizes are tried however many threads there are.
                    _trials[size]++;
                    return Of(size);
                }

                if (_best[size] < least)
                {
                    (chosen, least) = (size, _best[size]);
                }
            }

            return chosen == 0 ? Math.Min(most, images) : Of(chosen);
        }
    }

    /// <summary>Takes note of a run.</summary>
    /// <param name="images">Its images.</param>
    /// <param name="ticks">How long it took.</param>
    public void Add(int images, long ticks)
    {
        // Nearly twice as many images as a size has still say what that size is like.
        var size = int.Log2(images);
        lock (_lock)
        {
            _best[size] = Math.Min(_best[size], ticks / images);
        }
    }

    private static int Of(int size) => 1 << size;
}
