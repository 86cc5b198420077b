using BenchmarkDotNet.Attributes;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Benchmarks.Images;

/// <summary>
/// From the largest resolution to a smaller one, with ImageNet's preprocessing: 64 images, one after another, that lie in memory as those of a window
/// do and not in a cache of the processor.
/// </summary>
[MemoryDiagnoser]
public class ResizingBenchmarks
{
    private const int _images = 64;
    private float[] _pixels = [];
    private float[] _target = [];
    private float[] _scratch = [];
    private TargetPlane[] _planes = [];
    private ImageResizer _resizer = null!;

    [Params("28-10", "28-14", "28-20", "160-64", "160-96", "160-128", "160-160", "224-96", "224-128", "224-160")]
    public string Sizes { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Sizes.Split('-').Select(int.Parse)];
        _resizer = new ImageResizer(sizes[0], sizes[0], sizes[1], sizes[1]);
        Random random = new(1);
        _pixels = [.. Enumerable.Range(0, _images * 3 * sizes[0] * sizes[0]).Select(_ => (float)random.Next(256))];
        _target = new float[_images * 3 * sizes[1] * sizes[1]];
        _scratch = new float[_resizer.ScratchLength];
        _planes = [.. Enumerable.Range(0, 3).Select(ImagePreprocessing.ImageNet.Plane)];
    }

    [Benchmark(OperationsPerInvoke = _images)]
    public float Resize()
    {
        int source = _pixels.Length / _images;
        int target = _target.Length / _images;
        for (int i = 0; i < _images; i++)
        {
            _resizer.Resize(_pixels.AsSpan(i * source, source), _target.AsSpan(i * target, target), _planes, _scratch);
        }

        return _target[0];
    }
}
