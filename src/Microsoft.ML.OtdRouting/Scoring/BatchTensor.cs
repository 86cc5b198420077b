using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Pinned memory of a tensor: floats here, and beside them their half precision where the model's tensor has that.</summary>
internal sealed class BatchTensor(int length, bool isHalf)
{
    private readonly Float16[]? _half = isHalf ? GC.AllocateArray<Float16>(length, pinned: true) : null;

    public float[] Values { get; } = GC.AllocateArray<float>(length, pinned: true);

    /// <summary>The first numbers as ONNX Runtime reads and writes them, in place.</summary>
    public OrtValue Of(int count, long[] shape) => _half is { } half
        ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, half.AsMemory(0, count), shape)
        : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Values.AsMemory(0, count), shape);

    /// <summary>Brings the first floats to where the model reads them.</summary>
    public void ToModel(int count)
    {
        if (_half is { } half)
        {
            TensorPrimitives.ConvertToHalf(Values.AsSpan(0, count), MemoryMarshal.Cast<Float16, Half>(half.AsSpan(0, count)));
        }
    }

    /// <summary>Brings what the model has written to the first floats.</summary>
    public void FromModel(int count)
    {
        if (_half is { } half)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<Float16, Half>(half.AsSpan(0, count)), Values);
        }
    }
}
