namespace Microsoft.ML.OtdRouting.Tests.Gates;

/// <summary>A gate whose batches wait until the test lets them go, and the sizes of those that have come.</summary>
internal sealed class HeldGate : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ManualResetEventSlim _open = new();
    private readonly SemaphoreSlim _arrived = new(0);

    public HeldGate(OtdRoutingTransformer router, GateOptions options)
    {
        Gate = router.CreateGate(options);
        Gate.BatchRouted += (_, batch) =>
        {
            Batches.Add(batch.Count);
            _arrived.Release();
            Assert.True(_open.Wait(Patience));
        };
    }

    public RoutingGate Gate { get; }

    /// <summary>Sizes of the batches so far.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Sends an image of a file and waits until its batch is routed and held.</summary>
    public async Task<Task<RoutedImage>> HoldAsync(string path)
    {
        var first = Gate.RouteAsync(path);
        Assert.True(await _arrived.WaitAsync(Patience));
        return first;
    }

    /// <summary>Waits for something that the gate does by itself.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(2, patience.Token);
        }
    }

    public void Open() => _open.Set();

    public async ValueTask DisposeAsync()
    {
        // A test that has failed must not keep the gate waiting.
        Open();
        await Gate.DisposeAsync();
    }
}
