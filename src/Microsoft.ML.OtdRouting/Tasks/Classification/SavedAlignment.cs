using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>An alignment, as it is saved.</summary>
internal sealed partial class SavedAlignment
{
    /// <summary>The message of an alignment; null for a resolution that is as it is.</summary>
    public static SavedAlignment Of(Alignment? alignment) => alignment is null
        ? new SavedAlignment()
        : new SavedAlignment
        {
            Directions = Pack(alignment.Directions),
            Corrections = { alignment.Corrections.Select(c => new SavedCorrection { Offset = Pack(c.Offset), Matrix = Pack(c.Matrix) }) },
        };

    /// <summary>Makes the alignment of its message; null for a resolution that is as it is.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="InvalidDataException">Its numbers do not fit together.</exception>
    public Alignment? ToAlignment(int classes)
    {
        if (Corrections.Count == 0)
        {
            return null;
        }

        var directions = Unpack(Directions);
        var corrections = Corrections.Select(c => new Correction(Unpack(c.Offset), Unpack(c.Matrix))).ToArray();
        return directions.Length % classes == 0 && corrections.All(c => c.Offset.Length == classes && c.Matrix.Length == directions.Length)
            ? new Alignment(directions, corrections)
            : throw new InvalidDataException(
                $"an alignment of {classes} classes has {directions.Length} numbers in its directions, and corrections of " +
                $"{string.Join(", ", corrections.Select(c => $"{c.Offset.Length} and {c.Matrix.Length}"))}.");
    }

    private static ByteString Pack(ReadOnlySpan<float> numbers)
    {
        var halves = new Half[numbers.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(numbers, halves);
        return ByteString.CopyFrom(MemoryMarshal.AsBytes<Half>(halves));
    }

    private static float[] Unpack(ByteString bytes)
    {
        var halves = MemoryMarshal.Cast<byte, Half>(bytes.Span);
        var numbers = new float[halves.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(halves, numbers);
        return numbers;
    }
}
