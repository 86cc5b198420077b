using Microsoft.ML.Data;

namespace RoutingService.Tests;

/// <summary>A scorer that waits at a gate, so that tests decide when a batch is over. It says each image's width.</summary>
internal sealed class GatedScorer : IImageScorer, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Sizes of the batches so far.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Images of this width cannot be scored.</summary>
    public int? BrokenWidth { get; init; }

    public IReadOnlyList<ImagePrediction> Score(IReadOnlyList<MLImage> images)
    {
        Batches.Add(images.Count);
        _arrived.Release();
        _gate.Wait(TimeSpan.FromMinutes(2));
        return images.Any(image => image.Width == BrokenWidth)
            ? throw new InvalidOperationException("This image cannot be scored.")
            : images.Select(image => new ImagePrediction($"width {image.Width}", 1, "gate", 1)).ToList();
    }

    /// <summary>Waits until a batch has come to the gate.</summary>
    public async Task ArrivedAsync() => Assert.True(await _arrived.WaitAsync(TimeSpan.FromMinutes(2)));

    public void Open() => _gate.Set();

    public void Dispose()
    {
        // A test that has failed must not keep the service waiting.
        Open();
        _arrived.Dispose();
    }
}
