using Microsoft.ML.Data;

namespace RoutingService;

/// <summary>An image that waits to be scored. It is disposed when it has been, or when it is not wanted any more.</summary>
public sealed class PendingImage(MLImage image, CancellationToken aborted) : IDisposable
{
    // Whoever awaits the prediction must not go on inside the loop that scores.
    private readonly TaskCompletionSource<ImagePrediction> _prediction = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The image.</summary>
    public MLImage Image => image;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsAborted => aborted.IsCancellationRequested;

    /// <summary>The prediction, once there is one.</summary>
    public Task<ImagePrediction> Prediction => _prediction.Task;

    /// <summary>Gives the prediction to who waits for it.</summary>
    public void Complete(ImagePrediction prediction) => _prediction.TrySetResult(prediction);

    /// <summary>Tells who waits that scoring has failed.</summary>
    public void Fail(Exception e) => _prediction.TrySetException(e);

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        image.Dispose();
        _prediction.TrySetCanceled(aborted);
    }
}
