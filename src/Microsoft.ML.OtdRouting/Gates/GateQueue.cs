using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Gates;

/// <summary>
/// The images at a gate, on their way: room, decoding, queue, batch, answer. One thread of its own makes the batches, which so never waits behind those that
/// decode. Safe for concurrent use.
/// </summary>
internal sealed class GateQueue
{
    private readonly RoutedScorer _scorer;
    private readonly RowFailures _failures;
    private readonly ImageDecoder _decoder;
    private readonly GateOptions _options;
    private readonly SemaphoreSlim _room;
    private readonly SemaphoreSlim _decoding;
    private readonly ConcurrentBag<float[]> _free = [];
    private readonly BlockingCollection<WaitingImage> _queue = [];
    private readonly GateBatches _batches;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _buffers;
    private int _entering = 1;
    private int _closed;

    /// <param name="scorer">The router.</param>
    /// <param name="enforcement">How it keeps to the budget.</param>
    /// <param name="failures">What becomes of images that fail.</param>
    /// <param name="options">Batches and room.</param>
    /// <param name="routed">Is told of batches.</param>
    public GateQueue(RoutedScorer scorer, BudgetEnforcement enforcement, RowFailures failures, GateOptions options, Action<GateBatchEventArgs> routed)
    {
        var most = Array.MaxLength / scorer.ImageLength;
        if (options.MaxBatch > most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(GateOptions.MaxBatch), options.MaxBatch,
                $"{nameof(GateOptions.MaxBatch)} is {options.MaxBatch}; with images of {scorer.ImageLength} floats it must be at most {most}.");
        }

        _scorer = scorer;
        _failures = failures;
        _decoder = options.Decoding is null ? scorer.Decoder : new ImageDecoder(options.Decoding);
        _options = options;
        _room = new SemaphoreSlim(options.Capacity);
        // More would only make the threads of the pool wait for each other, and batches for threads.
        _decoding = new SemaphoreSlim(scorer.ScorerSet.Runs);
        _batches = new GateBatches(scorer, enforcement, failures, options.MaxBatch, routed);
        new Thread(MakeBatches) { IsBackground = true, Name = "OtdRouting gate" }.Start();
    }

    /// <summary>Images that have room and are in no batch.</summary>
    public int Waiting => _options.Capacity - _room.CurrentCount;

    /// <summary>Room for images that has been allocated.</summary>
    public int Buffers => Volatile.Read(ref _buffers);

    public async Task<RoutedImage> RouteAsync(IncomingImage image, CancellationToken cancellationToken) =>
        await (await EnterAsync(image, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>Waits until there is room, and gives the task that routes the image.</summary>
    public async Task<Task<RoutedImage>> EnterAsync(IncomingImage image, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave();
            throw;
        }

        return AdmitAsync(image, cancellationToken);
    }

    public bool TryRoute(IncomingImage image, [NotNullWhen(true)] out Task<RoutedImage>? routed, CancellationToken cancellationToken)
    {
        Enter();
        if (_room.Wait(0, CancellationToken.None))
        {
            routed = AdmitAsync(image, cancellationToken);
            return true;
        }

        Leave();
        routed = null;
        return false;
    }

    /// <summary>Refuses new images and waits until those that have come are answered.</summary>
    public async ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            Leave();
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Enter()
    {
        for (var entering = Volatile.Read(ref _entering); entering > 0 && Volatile.Read(ref _closed) == 0; entering = Volatile.Read(ref _entering))
        {
            if (Interlocked.CompareExchange(ref _entering, entering + 1, entering) == entering)
            {
                return;
            }
        }

        throw new ObjectDisposedException(nameof(RoutingGate));
    }

    /// <summary>The last one that was still on its way into a closed gate ends the queue.</summary>
    private void Leave()
    {
        if (Interlocked.Decrement(ref _entering) == 0)
        {
            _queue.CompleteAdding();
        }
    }

    /// <summary>Reads an image that has room and puts it into the queue.</summary>
    private async Task<RoutedImage> AdmitAsync(IncomingImage image, CancellationToken cancellationToken)
    {
        WaitingImage waiting;
        try
        {
            var (pixels, frame) = await ReadAsync(image, cancellationToken).ConfigureAwait(false);
            waiting = new WaitingImage(image.Name, pixels, frame, cancellationToken);
            _queue.Add(waiting, CancellationToken.None);
        }
        catch (Exception e)
        {
            _room.Release();
            if (_failures.Action == RowFailureAction.Fail || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                throw;
            }

            var problem = $"{image.Name}: {e.Message}";
            _failures.Fail(problem, e);
            return _batches.Missing(problem);
        }
        finally
        {
            Leave();
        }

        return await waiting.AnswerAsync().ConfigureAwait(false);
    }

    private async Task<(float[] Pixels, ImageFrame Frame)> ReadAsync(IncomingImage image, CancellationToken cancellationToken)
    {
        await _decoding.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A task that has begun is not left before its end: the image may be gone then.
            return await Task.Run(() => Read(image), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _decoding.Release();
        }
    }

    private (float[] Pixels, ImageFrame Frame) Read(IncomingImage image)
    {
        if (!_free.TryTake(out var pixels))
        {
            pixels = GC.AllocateUninitializedArray<float>(_scorer.ImageLength);
            Interlocked.Increment(ref _buffers);
        }

        try
        {
            return (pixels, image.Read(_decoder, _scorer.Readers, pixels));
        }
        catch
        {
            _free.Add(pixels);
            throw;
        }
    }

    private void MakeBatches()
    {
        try
        {
            while (_queue.TryTake(out var first, Timeout.Infinite))
            {
                _batches.Clear();
                Take(first);
                var started = Stopwatch.GetTimestamp();
                while (_batches.Count < _options.MaxBatch && _queue.TryTake(out var next, Remaining(started)))
                {
                    Take(next);
                }

                _batches.Route();
            }
        }
        finally
        {
            _batches.Dispose();
            _ended.SetResult();
        }
    }

    /// <summary>Milliseconds that a batch remains open, at least that of a delay that is no whole number of them.</summary>
    private int Remaining(long started) => Math.Max(0, (int)Math.Ceiling((_options.MaxDelay - Stopwatch.GetElapsedTime(started)).TotalMilliseconds));

    /// <summary>Moves an image into the batch, unless it is not wanted any more, and gives its room away.</summary>
    private void Take(WaitingImage image)
    {
        if (!image.IsOver)
        {
            _batches.Add(image);
        }

        _free.Add(image.Pixels);
        _room.Release();
    }
}
