using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Gates;

namespace Microsoft.ML.OtdRouting;

/// <content>Streams of images.</content>
public sealed partial class RoutingGate
{
    /// <summary>
    /// Routes a stream of images of files, in their order. The stream is read on a worker thread, ahead of what has been taken of its answers by
    /// <see cref="Capacity"/> + <see cref="MaxBatch"/> images at most, and never further than one image beyond what the gate has room for.
    /// </summary>
    /// <param name="paths">The files; relative paths are those in <see cref="ImageDecodingOptions.Folder"/>.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>
    /// One answer an image. An image that fails ends the stream in its place with what <see cref="RouteAsync(string, CancellationToken)"/> throws, unless the router
    /// skips such images. When the enumeration is over, however it ended, nothing is read any more.
    /// </returns>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IAsyncEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Route(paths, IncomingImage.Of, cancellationToken);
    }

    /// <summary>Routes images of files, in their order, as <see cref="RouteAsync(IAsyncEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Route(Stream(paths), IncomingImage.Of, cancellationToken);
    }

    /// <summary>Routes a stream of encoded images, in their order, as <see cref="RouteAsync(IAsyncEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="files">All bytes of each file, which must not change before its answer is there.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> files, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Route(files, IncomingImage.Of, cancellationToken);
    }

    /// <summary>Routes encoded images, in their order, as <see cref="RouteAsync(IAsyncEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="files">All bytes of each file, which must not change before its answer is there.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IEnumerable<ReadOnlyMemory<byte>> files, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        return Route(Stream(files), IncomingImage.Of, cancellationToken);
    }

    /// <summary>Routes a stream of images, in their order, as <see cref="RouteAsync(IAsyncEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="images">The images, each of which may be disposed when its answer is there, and all when the enumeration is over; the gate disposes none.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IAsyncEnumerable<MLImage> images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Route(images, IncomingImage.Of, cancellationToken);
    }

    /// <summary>Routes images, in their order, as <see cref="RouteAsync(IAsyncEnumerable{string}, CancellationToken)"/>.</summary>
    /// <param name="images">The images, each of which may be disposed when its answer is there, and all when the enumeration is over; the gate disposes none.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<RoutedImage> RouteAsync(IEnumerable<MLImage> images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Route(Stream(images), IncomingImage.Of, cancellationToken);
    }

    private async IAsyncEnumerable<RoutedImage> Route<T>(
        IAsyncEnumerable<T> source, Func<T, IncomingImage> toImage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // As many as the gate can hold; without a bound a slow consumer would have the whole stream in memory.
        var ahead = Channel.CreateBounded<Task<RoutedImage>>(Capacity + MaxBatch);
        var reading = Task.Run(() => ReadAsync(source, toImage, ahead.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var routed in ahead.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return await routed.ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            // What they throw was not asked for any more; but the images may be disposed after this.
            while (ahead.Reader.TryRead(out var left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads the stream and sends its images through the gate; what goes wrong with the stream itself comes out behind the images.</summary>
    private async Task ReadAsync<T>(IAsyncEnumerable<T> source, Func<T, IncomingImage> toImage, ChannelWriter<Task<RoutedImage>> ahead, CancellationToken stop)
    {
        try
        {
            var images = source.GetAsyncEnumerator(stop);
            await using (images.ConfigureAwait(false))
            {
                while (await ahead.WaitToWriteAsync(stop).ConfigureAwait(false) && await images.MoveNextAsync().ConfigureAwait(false))
                {
                    ahead.TryWrite(await _queue.EnterAsync(toImage(images.Current), stop).ConfigureAwait(false));
                }
            }

            ahead.Complete();
        }
        catch (Exception e)
        {
            ahead.Complete(e);
        }
    }

    private static async IAsyncEnumerable<T> Stream<T>(IEnumerable<T> source)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var item in source)
        {
            yield return item;
        }
    }
}
