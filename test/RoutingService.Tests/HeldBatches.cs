using Microsoft.ML.OtdRouting;

namespace RoutingService.Tests;

/// <summary>Holds the batches of a service, so that tests decide when one is over.</summary>
internal sealed class HeldBatches : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ManualResetEventSlim _open = new();
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Sizes of the batches so far.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Whether batches fail when they are let go.</summary>
    public bool Fails { get; set; }

    public void Watch(CurrentRouter current) => current.BatchRouted += Hold;

    /// <summary>Waits until a batch is held.</summary>
    public async Task ArrivedAsync() => Assert.True(await _arrived.WaitAsync(Patience));

    public void Open() => _open.Set();

    public void Dispose()
    {
        // A test that has failed must not keep the service waiting.
        Open();
        _arrived.Dispose();
    }

    private void Hold(object? sender, GateBatchEventArgs batch)
    {
        Batches.Add(batch.Count);
        _arrived.Release();
        Assert.True(_open.Wait(Patience));
        if (Fails)
        {
            throw new InvalidOperationException("This batch cannot be scored.");
        }
    }
}
