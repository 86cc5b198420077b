using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>Brings constants of ONNX graphs to tensors, and back.</summary>
internal static class TensorContents
{
    /// <summary>A tensor of a constant: float as float, whole numbers as long, truth values as bool.</summary>
    /// <exception cref="NotSupportedException">The constant is of another type; the message names it.</exception>
    public static Tensor Read(TensorProto proto)
    {
        var shape = proto.Dims.ToArray();
        var count = checked((int)shape.Aggregate(1L, (product, size) => product * size));
        var type = (DataType)proto.DataType;
        return type switch
        {
            DataType.Float => Require(Floats(proto), count, proto).reshape(shape),
            DataType.Int64 => Require(Integers<long>(proto, proto.Int64Data), count, proto).reshape(shape),
            DataType.Int32 => Require(Integers<int>(proto, proto.Int32Data), count, proto).to_type(ScalarType.Int64).reshape(shape),
            DataType.Bool => Require(Integers<byte>(proto, proto.Int32Data.Select(v => (byte)v)), count, proto).to_type(ScalarType.Bool).reshape(shape),
            _ => throw new NotSupportedException($"tensor '{proto.Name}' holds {type}; float, int64, int32 and bool are understood here."),
        };
    }

    /// <summary>A constant of floats.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">Floats on the CPU.</param>
    public static TensorProto Write(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var values = tensor.Values();
        var proto = new TensorProto { Name = name, DataType = (int)DataType.Float };
        proto.Dims.AddRange(tensor.shape);
        proto.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values));
        return proto;
    }

    private static Tensor Floats(TensorProto proto) =>
        proto.RawData is { Length: > 0 } raw ? tensor(MemoryMarshal.Cast<byte, float>(raw.Span).ToArray()) : tensor(proto.FloatData.ToArray());

    private static Tensor Integers<T>(TensorProto proto, IEnumerable<T> fields)
        where T : struct
    {
        var values = proto.RawData is { Length: > 0 } raw ? MemoryMarshal.Cast<byte, T>(raw.Span).ToArray() : [.. fields];
        return values switch
        {
            long[] longs => tensor(longs),
            int[] integers => tensor(integers),
            byte[] bytes => tensor(bytes),
            _ => throw new InvalidOperationException($"{typeof(T)} is no type of a constant."),
        };
    }

    private static Tensor Require(Tensor values, int count, TensorProto proto) => values.numel() == count
        ? values
        : throw new InvalidDataException($"tensor '{proto.Name}' has {values.numel()} numbers; its shape [{string.Join(", ", proto.Dims)}] asks for {count}.");
}
