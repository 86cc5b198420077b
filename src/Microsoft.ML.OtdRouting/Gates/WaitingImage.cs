using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Gates;

/// <summary>An image that has been read and waits to be routed. Whoever takes it out of the queue owns its pixels.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="pixels">Planar RGB at the largest resolution, 0..255.</param>
/// <param name="frame">How the image lies there.</param>
/// <param name="cancellationToken">Ends the waiting.</param>
internal sealed class WaitingImage(string name, float[] pixels, ImageFrame frame, CancellationToken cancellationToken)
{
    // Whoever awaits the answer must not go on inside the loop that routes.
    private readonly TaskCompletionSource<RoutedImage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => name;

    public float[] Pixels => pixels;

    public ImageFrame Frame => frame;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsOver => cancellationToken.IsCancellationRequested;

    /// <summary>Waits for the answer, or until it is not wanted any more.</summary>
    public async Task<RoutedImage> AnswerAsync()
    {
        using (cancellationToken.UnsafeRegister(static (image, token) => ((WaitingImage)image!)._answer.TrySetCanceled(token), this))
        {
            return await _answer.Task.ConfigureAwait(false);
        }
    }

    public void Answer(RoutedImage image) => _answer.TrySetResult(image);

    public void Fail(Exception error) => _answer.TrySetException(error);
}
