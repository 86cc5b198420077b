using Microsoft.ML.Data;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Which channels go into a vector, in which order and scale: value = (pixel - offset) * scale.</summary>
internal sealed record PixelLayout(ColorBits Colors, ColorsOrder Order, bool Interleave, float Offset, float Scale, bool AsFloat)
{
    public PrimitiveDataViewType ItemType => AsFloat ? NumberDataViewType.Single : NumberDataViewType.Byte;

    /// <summary>The channels as letters in their order, for example "RGB".</summary>
    public string Channels => new([.. Order.ToString().Where(letter => Colors.HasFlag(letter switch
    {
        'A' => ColorBits.Alpha,
        'R' => ColorBits.Red,
        'G' => ColorBits.Green,
        _ => ColorBits.Blue,
    }))]);

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)Colors);
        writer.Write((byte)Order);
        writer.Write(Interleave);
        writer.Write(Offset);
        writer.Write(Scale);
        writer.Write(AsFloat);
    }

    public static PixelLayout Read(BinaryReader reader) =>
        new(
            (ColorBits)reader.ReadByte(),
            (ColorsOrder)reader.ReadByte(),
            reader.ReadBoolean(),
            reader.ReadSingle(),
            reader.ReadSingle(),
            reader.ReadBoolean());
}
