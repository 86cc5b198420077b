using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Microsoft.ML.Data;

namespace RoutingService;

/// <summary>
/// Collects the images of all requests that arrive within a few milliseconds and scores them together: a model takes less time for a batch than
/// for its images one by one.
/// </summary>
public sealed class ImageBatcher(
    IImageScorer scorer, IOptions<BatchingSettings> settings, ServiceMetrics metrics, ILogger<ImageBatcher> logger) : BackgroundService
{
    private readonly int _maxBatch = settings.Value.MaxBatch;
    private readonly TimeSpan _maxDelay = TimeSpan.FromMilliseconds(settings.Value.MaxDelayMilliseconds);

    // Bounded: where more arrives than can be scored, clients are told at once instead of waiting ever longer.
    private readonly Channel<PendingImage> _queue = Channel.CreateBounded<PendingImage>(
        new BoundedChannelOptions(settings.Value.QueueCapacity) { SingleReader = true });

    /// <summary>Images that wait.</summary>
    public int QueueLength => _queue.Reader.Count;

    /// <summary>Puts an image into the queue, which owns it from then on; gives null, and leaves the image alone, when the queue is full or closed.</summary>
    /// <param name="image">The image.</param>
    /// <param name="aborted">Set when nobody waits for the prediction any more.</param>
    public PendingImage? TryEnqueue(MLImage image, CancellationToken aborted)
    {
        var pending = new PendingImage(image, aborted);
        return _queue.Writer.TryWrite(pending) ? pending : null;
    }

    /// <summary>Lets nothing more into the queue and waits until what is in it has been scored.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    /// <summary>Ends when the queue is closed and empty, and not by the token: who waits in the queue gets an answer.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<PendingImage>(_maxBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            if (_queue.Reader.Count < _maxBatch && _maxDelay > TimeSpan.Zero)
            {
                await Task.Delay(_maxDelay, CancellationToken.None);
            }

            while (batch.Count < _maxBatch && _queue.Reader.TryRead(out var pending))
            {
                if (pending.IsAborted)
                {
                    pending.Dispose();
                }
                else
                {
                    batch.Add(pending);
                }
            }

            Score(batch);
            batch.ForEach(pending => pending.Dispose());
            batch.Clear();
        }
    }

    private void Score(IReadOnlyList<PendingImage> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            var predictions = scorer.Score(batch.Select(pending => pending.Image).ToList());
            metrics.Scored(predictions);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Complete(predictions[i]);
            }
        }
        catch (Exception e) when (batch.Count > 1)
        {
            // One image must not take the others of its batch with it, and which one it was only scoring them one by one tells.
            logger.LogWarning(e, "A batch of {Count} images failed; scoring them one by one.", batch.Count);
            foreach (var pending in batch)
            {
                Score([pending]);
            }
        }
        catch (Exception e)
        {
            // Goes to the request, which logs it and answers with 500.
            batch[0].Fail(e);
        }
    }
}
