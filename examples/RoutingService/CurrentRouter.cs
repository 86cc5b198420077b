using Microsoft.Extensions.Options;
using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>
/// The router in use and its gate. They can be replaced by those for another budget while images are scored: who has rented the old ones finishes with
/// them, and the last one to give them back disposes them.
/// </summary>
public sealed class CurrentRouter : IAsyncDisposable
{
    private readonly SemaphoreSlim _changes = new(1);
    private readonly GateOptions _gates;
    private Shared _current;

    /// <summary>Starts with a router, which it owns from then on.</summary>
    public CurrentRouter(OtdRoutingTransformer router, IOptions<BatchingSettings> batching, IOptions<UploadSettings> uploads)
    {
        _gates = new GateOptions
        {
            MaxBatch = batching.Value.MaxBatch,
            MaxDelay = TimeSpan.FromMilliseconds(batching.Value.MaxDelayMilliseconds),
            Capacity = batching.Value.QueueCapacity,
            Decoding = new ImageDecodingOptions { MaxPixels = uploads.Value.MaxPixels, ApplyOrientation = uploads.Value.ApplyOrientation },
        };
        _current = Share(router);
    }

    /// <summary>Images are not like those of the fit any more. A router for another budget watches anew.</summary>
    public event EventHandler<DriftEventArgs>? DriftDetected;

    /// <summary>Images were scored together; raised before their clients are answered.</summary>
    public event EventHandler<GateBatchEventArgs>? BatchRouted;

    /// <summary>The router that is current now; dispose the lease when done.</summary>
    /// <exception cref="ObjectDisposedException">The service has been shut down.</exception>
    public Lease Rent()
    {
        while (true)
        {
            var current = Volatile.Read(ref _current);
            if (current.TryAddUser())
            {
                return new Lease(current);
            }

            // It was replaced between the two lines above, or it was the last one.
            ObjectDisposedException.ThrowIf(current == Volatile.Read(ref _current), this);
        }
    }

    /// <summary>Puts a router for another budget in the place of the current one. Nothing is scored or fitted for it.</summary>
    /// <exception cref="ArgumentException">The budget is not feasible, or in a unit that the router does not count in.</exception>
    public async Task SetBudgetAsync(ComputeBudget budget)
    {
        await _changes.WaitAsync();
        try
        {
            await using var lease = Rent();
            var next = Share(lease.Router.WithBudget(budget));
            await Interlocked.Exchange(ref _current, next).RemoveUserAsync();
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Lets go of the current router.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changes.WaitAsync();
        await _current.RemoveUserAsync();
    }

    private Shared Share(OtdRoutingTransformer router)
    {
        router.DriftDetected += (sender, alarm) => DriftDetected?.Invoke(sender, alarm);
        var gate = router.CreateGate(_gates);
        gate.BatchRouted += (sender, batch) => BatchRouted?.Invoke(sender, batch);
        return new Shared(router, gate);
    }

    /// <summary>A router in use.</summary>
    public readonly struct Lease : IAsyncDisposable
    {
        private readonly Shared _shared;

        internal Lease(Shared shared) => _shared = shared;

        /// <summary>The router.</summary>
        public OtdRoutingTransformer Router => _shared.Router;

        /// <summary>Where images are routed by it.</summary>
        public RoutingGate Gate => _shared.Gate;

        /// <summary>Gives the router back.</summary>
        public ValueTask DisposeAsync() => _shared.RemoveUserAsync();
    }

    /// <summary>A router with the number of its users; the service itself is the first.</summary>
    internal sealed class Shared(OtdRoutingTransformer router, RoutingGate gate)
    {
        private int _users = 1;

        public OtdRoutingTransformer Router => router;

        public RoutingGate Gate => gate;

        public bool TryAddUser()
        {
            for (var users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
            {
                if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
                {
                    return true;
                }
            }

            return false;
        }

        public async ValueTask RemoveUserAsync()
        {
            if (Interlocked.Decrement(ref _users) == 0)
            {
                await gate.DisposeAsync();
                router.Dispose();
            }
        }
    }
}
