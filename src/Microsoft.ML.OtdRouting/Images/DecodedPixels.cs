using System.Buffers;
using System.Runtime.InteropServices;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Packed pixels (blue, green, red, alpha) in memory of the pool, unless there are so many that the pool should not keep them.</summary>
internal sealed class DecodedPixels : IDisposable
{
    private const int MostPooled = 1 << 24;

    private readonly bool _pooled;
    private uint[]? _values;
    private GCHandle _pin;

    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    public DecodedPixels(int width, int height)
    {
        (Width, Height) = (width, height);
        _pooled = width * height <= MostPooled;
        _values = _pooled ? ArrayPool<uint>.Shared.Rent(width * height) : GC.AllocateUninitializedArray<uint>(width * height);
        _pin = GCHandle.Alloc(_values, GCHandleType.Pinned);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The pixels, row by row.</summary>
    public Span<uint> Values => _values.AsSpan(0, Width * Height);

    /// <summary>Where they begin, for native code.</summary>
    public nint Address => _pin.AddrOfPinnedObject();

    public void Dispose()
    {
        if (_values is { } values)
        {
            _values = null;
            _pin.Free();
            if (_pooled)
            {
                ArrayPool<uint>.Shared.Return(values);
            }
        }
    }
}
