using BenchmarkDotNet.Attributes;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Benchmarks.Images;

/// <summary>From a decoded image, four bytes a pixel, to planes of floats at the largest resolution: cropped, resized and taken apart.</summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private float[] _target = [];
    private MLImage _image = null!;
    private PixelReader _reader = null!;

    /// <summary>Width and height of the image, and the size of the largest resolution.</summary>
    [Params("28x28-28", "160x160-160", "320x240-160", "500x375-224", "4000x3000-224")]
    public string Sizes { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Sizes.Split('x', '-').Select(int.Parse)];
        byte[] pixels = new byte[4 * sizes[0] * sizes[1]];
        new Random(1).NextBytes(pixels);
        _image = MLImage.CreateFromPixels(sizes[0], sizes[1], MLPixelFormat.Bgra32, pixels);
        _reader = new PixelReader(sizes[2], sizes[2], ImageFit.CenterCrop);
        _target = new float[_reader.Length];
    }

    [GlobalCleanup]
    public void Cleanup() => _image.Dispose();

    [Benchmark]
    public void Read() => _reader.Read(_image, _target);
}
