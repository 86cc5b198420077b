using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Gates;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Routes single images of any number of callers together: models take less time for a batch than for its images one by one. Every image is decoded and brought to
/// the largest resolution on worker threads before it meets others; a batch closes when it is full or when its first image has waited long enough. Made by
/// <see cref="OtdRoutingTransformer.CreateGate"/>.
/// </summary>
/// <remarks>
/// <para>Safe for concurrent use. Routes and answers are those of the router's cursors (to the last bits, which models round differently in other batches).</para>
/// <para>
/// An image that cannot be read or on which a model fails fails its own caller alone; with <see cref="RowFailureAction.Skip"/> and
/// <see cref="RowFailureAction.Fallback"/> of the router it is answered as those say, at worst with a <see cref="RoutedImage.Problem"/>.
/// </para>
/// <para>
/// An <see cref="MLImage"/> remains the caller's, and so do bytes: neither is read any more when the task is over, however it ended. A task that is cancelled is over
/// as soon as its image is not being decoded, and the image is dropped unless its batch has begun.
/// </para>
/// <para>A gate owns a thread and shares the sessions of its router, which may be disposed before it.</para>
/// </remarks>
public sealed partial class RoutingGate : IAsyncDisposable
{
    private readonly GateQueue _queue;

    internal RoutingGate(RoutedScorer scorer, BudgetEnforcement enforcement, RowFailures failures, GateOptions options)
    {
        _queue = new GateQueue(scorer, enforcement, failures, options, batch => BatchRouted?.Invoke(this, batch));
        (MaxBatch, Capacity) = (options.MaxBatch, options.Capacity);
    }

    /// <summary>
    /// Raised for every batch on the gate's own thread, before its callers get their answers: a handler that takes long holds the gate up, and what it throws
    /// goes to the callers of the batch.
    /// </summary>
    public event EventHandler<GateBatchEventArgs>? BatchRouted;

    /// <summary>Images that are routed together, at most.</summary>
    public int MaxBatch { get; }

    /// <summary>Images that may wait.</summary>
    public int Capacity { get; }

    /// <summary>Images that have come in, decoded or not, and are in no batch yet; callers that wait for room are not among them.</summary>
    public int Waiting => _queue.Waiting;

    /// <summary>Room for images at the largest resolution that the gate has taken so far; <see cref="Capacity"/> at most.</summary>
    internal int Buffers => _queue.Buffers;

    /// <summary>Routes the image of a file; waits while there is no room.</summary>
    /// <param name="path">The file; a relative path is one in <see cref="ImageDecodingOptions.Folder"/>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    /// <exception cref="InvalidDataException">The file is no image, has too many pixels, or is cut off or damaged.</exception>
    /// <exception cref="InvalidOperationException">A model fails on the image; the message names the model, its resolution and tensor.</exception>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public Task<RoutedImage> RouteAsync(string path, CancellationToken cancellationToken = default) =>
        _queue.RouteAsync(IncomingImage.Of(path), cancellationToken);

    /// <summary>Routes an encoded image; waits while there is no room.</summary>
    /// <param name="file">All bytes of the file, which must not change before the task is over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidDataException">These are not the bytes of an image, or it has too many pixels, or is cut off or damaged.</exception>
    /// <exception cref="InvalidOperationException">A model fails on the image; the message names the model, its resolution and tensor.</exception>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public Task<RoutedImage> RouteAsync(ReadOnlyMemory<byte> file, CancellationToken cancellationToken = default) =>
        _queue.RouteAsync(IncomingImage.Of(file), cancellationToken);

    /// <summary>Routes an image; waits while there is no room.</summary>
    /// <param name="image">An image of any size, which must not be disposed before the task is over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InvalidOperationException">
    /// The image's pixel format is neither BGRA nor RGBA, or a model fails on it; the message names the model, its resolution and tensor.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public Task<RoutedImage> RouteAsync(MLImage image, CancellationToken cancellationToken = default) =>
        _queue.RouteAsync(IncomingImage.Of(image), cancellationToken);

    /// <summary>Routes the image of a file, unless there is no room.</summary>
    /// <param name="path">As of <see cref="RouteAsync(string, CancellationToken)"/>.</param>
    /// <param name="routed">Ends, or fails, as that; null where there is no room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether there is room.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public bool TryRoute(string path, [NotNullWhen(true)] out Task<RoutedImage>? routed, CancellationToken cancellationToken = default) =>
        _queue.TryRoute(IncomingImage.Of(path), out routed, cancellationToken);

    /// <summary>Routes an encoded image, unless there is no room.</summary>
    /// <param name="file">As of <see cref="RouteAsync(ReadOnlyMemory{byte}, CancellationToken)"/>.</param>
    /// <param name="routed">Ends, or fails, as that; null where there is no room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether there is room.</returns>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public bool TryRoute(ReadOnlyMemory<byte> file, [NotNullWhen(true)] out Task<RoutedImage>? routed, CancellationToken cancellationToken = default) =>
        _queue.TryRoute(IncomingImage.Of(file), out routed, cancellationToken);

    /// <summary>Routes an image, unless there is no room.</summary>
    /// <param name="image">As of <see cref="RouteAsync(MLImage, CancellationToken)"/>.</param>
    /// <param name="routed">Ends, or fails, as that; null where there is no room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether there is room.</returns>
    /// <exception cref="ObjectDisposedException">The gate was disposed.</exception>
    public bool TryRoute(MLImage image, [NotNullWhen(true)] out Task<RoutedImage>? routed, CancellationToken cancellationToken = default) =>
        _queue.TryRoute(IncomingImage.Of(image), out routed, cancellationToken);

    /// <summary>
    /// Closes the gate: new images are refused, all that came before are answered, those whose callers still wait for room among them. Streams end with their next
    /// image. Must not be awaited by a handler of <see cref="BatchRouted"/>.
    /// </summary>
    public ValueTask DisposeAsync() => _queue.CloseAsync();
}
