namespace Microsoft.ML.OtdRouting.Concurrency;

/// <summary>
/// Two buffers that are filled in turns: while the consumer works on one, the other is filled on another thread. Nothing is read before it is asked for, and no
/// further than one buffer ahead of it. One consumer; fills follow each other and never run side by side.
/// </summary>
/// <typeparam name="T">The buffers.</typeparam>
/// <param name="first">Is filled first.</param>
/// <param name="second">Is filled next; the same as <paramref name="first"/> where nothing is to be read ahead.</param>
/// <param name="fill">Fills a buffer; false where there is nothing left. What it throws is thrown by <see cref="Next"/>.</param>
internal sealed class ReadAhead<T>(T first, T second, Func<T, CancellationToken, bool> fill) : IDisposable
    where T : class
{
    private readonly CancellationTokenSource _stop = new();
    private readonly T[] _buffers = [first, second];
    private int _next;
    private Task<bool>? _filling;
    private bool _ended;

    /// <summary>The next buffer that is filled, good until the call after; null at the end.</summary>
    public T? Next()
    {
        if (_ended)
        {
            return null;
        }

        bool filled;
        try
        {
            filled = _filling is { } filling ? filling.GetAwaiter().GetResult() : fill(_buffers[_next], _stop.Token);
        }
        catch
        {
            (_ended, _filling) = (true, null);
            throw;
        }

        _filling = null;
        if (!filled)
        {
            _ended = true;
            return null;
        }

        var current = _buffers[_next];
        _next = 1 - _next;
        var ahead = _buffers[_next];
        if (!ReferenceEquals(current, ahead))
        {
            _filling = Task.Run(() => fill(ahead, _stop.Token), CancellationToken.None);
        }

        return current;
    }

    /// <summary>Stops what is being filled, and waits until it has stopped.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _ended = true;
        if (_filling is { } filling)
        {
            _filling = null;
            // What it throws was not asked for any more.
            filling.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
        }

        _stop.Dispose();
    }
}
