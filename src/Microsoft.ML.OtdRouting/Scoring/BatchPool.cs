using System.Collections.Concurrent;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>The batches of a set of scorers that nobody uses at the moment. Safe for concurrent use.</summary>
internal sealed class BatchPool : IDisposable
{
    /// <summary>A burst of cursors must not keep its memory for ever.</summary>
    private static readonly int MostOfAKind = 2 * Environment.ProcessorCount;

    private readonly ConcurrentDictionary<(ResolutionScorer Scorer, int Capacity), ConcurrentBag<ScorerBatch>> _free = [];
    private volatile bool _disposed;

    /// <summary>A batch for one user.</summary>
    /// <param name="scorer">The resolution.</param>
    /// <param name="capacity">Images that fit.</param>
    public ScorerBatch Rent(ResolutionScorer scorer, int capacity) =>
        Kind(scorer, capacity).TryTake(out var batch) ? batch : new ScorerBatch(scorer, capacity);

    /// <summary>Takes a batch back.</summary>
    public void Return(ScorerBatch batch)
    {
        var kind = Kind(batch.Scorer, batch.Capacity);
        if (_disposed || kind.Count >= MostOfAKind)
        {
            batch.Dispose();
        }
        else
        {
            kind.Add(batch);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var kind in _free.Values)
        {
            while (kind.TryTake(out var batch))
            {
                batch.Dispose();
            }
        }
    }

    private ConcurrentBag<ScorerBatch> Kind(ResolutionScorer scorer, int capacity) => _free.GetOrAdd((scorer, capacity), static _ => []);
}
