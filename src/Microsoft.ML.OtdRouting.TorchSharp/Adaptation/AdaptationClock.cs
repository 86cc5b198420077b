using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Tells how far an adaptation is, and how long the rest will take.</summary>
/// <param name="options">Who is told.</param>
/// <param name="sizes">All sizes, in the order in which they are trained.</param>
/// <param name="imagesOfSize">Images that training sees at each size, in all epochs.</param>
internal sealed class AdaptationClock(AdaptationOptions options, IReadOnlyList<Resolution> sizes, int imagesOfSize)
{
    private Resolution _size = sizes[0];
    private long _started;

    /// <summary>Begins with a size.</summary>
    public void Start(Resolution size)
    {
        _size = size;
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Reports a step.</summary>
    public void Report(int done, double loss, AdaptationQuality heldBack)
    {
        var rate = done / Math.Max(1e-9, Stopwatch.GetElapsedTime(_started).TotalSeconds);
        // An image takes time by its pixels.
        var pixels = (double)_size.Height * _size.Width;
        var behind = sizes.SkipWhile(s => s != _size).Skip(1).Sum(s => s.Height * s.Width / pixels) * imagesOfSize;
        options.Progress?.Report(new AdaptationProgress(
            _size.Name, done, imagesOfSize, loss, heldBack, rate, TimeSpan.FromSeconds((imagesOfSize - done + behind) / rate)));
    }
}
