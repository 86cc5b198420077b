using System.Collections.Concurrent;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Readers of pixels for several threads. Safe for concurrent use.</summary>
/// <param name="height">Height to which images are brought.</param>
/// <param name="width">Width to which images are brought.</param>
/// <param name="fit">How they are brought to that size.</param>
internal sealed class PixelReaders(int height, int width, ImageFit fit)
{
    private readonly ConcurrentBag<PixelReader> _free = [];

    public int Height => height;

    public int Width => width;

    /// <summary>A reader for one user.</summary>
    public PixelReader Rent() => _free.TryTake(out var reader) ? reader : new PixelReader(height, width, fit);

    /// <summary>Takes a reader back.</summary>
    public void Return(PixelReader reader) => _free.Add(reader);
}
