using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>
/// The router in use. It can be replaced by one for another budget while images are scored: who has rented the old one finishes with it, and
/// the last one to give it back disposes it.
/// </summary>
public sealed class CurrentRouter : IDisposable
{
    private readonly Lock _changes = new();
    private Shared _current;

    /// <summary>Starts with a router, which it owns from then on.</summary>
    public CurrentRouter(OtdRoutingTransformer router) => _current = Share(router);

    /// <summary>Images are not like those of the fit any more. A router for another budget watches anew.</summary>
    public event EventHandler<DriftEventArgs>? DriftDetected;

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
    public void SetBudget(ComputeBudget budget)
    {
        lock (_changes)
        {
            using var lease = Rent();
            var next = Share(lease.Router.WithBudget(budget));
            Interlocked.Exchange(ref _current, next).RemoveUser();
        }
    }

    /// <summary>Lets go of the current router.</summary>
    public void Dispose()
    {
        lock (_changes)
        {
            _current.RemoveUser();
        }
    }

    private Shared Share(OtdRoutingTransformer router)
    {
        router.DriftDetected += (sender, alarm) => DriftDetected?.Invoke(sender, alarm);
        return new Shared(router);
    }

    /// <summary>A router in use.</summary>
    public readonly struct Lease : IDisposable
    {
        private readonly Shared _shared;

        internal Lease(Shared shared) => _shared = shared;

        /// <summary>The router.</summary>
        public OtdRoutingTransformer Router => _shared.Router;

        /// <summary>Gives the router back.</summary>
        public void Dispose() => _shared.RemoveUser();
    }

    /// <summary>A router with the number of its users; the service itself is the first.</summary>
    internal sealed class Shared(OtdRoutingTransformer router)
    {
        private int _users = 1;

        public OtdRoutingTransformer Router => router;

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

        public void RemoveUser()
        {
            if (Interlocked.Decrement(ref _users) == 0)
            {
                router.Dispose();
            }
        }
    }
}
