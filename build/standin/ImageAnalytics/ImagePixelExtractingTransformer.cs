using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Pixels as a vector, channel after channel or interleaved. The image column must have a known size. The image that was read last is disposed
/// with the row or cursor, whoever made it.
/// </summary>
public sealed class ImagePixelExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ImagePixelExtractor";

    internal ImagePixelExtractingTransformer(IEnumerable<(string Output, string Input)> columns, PixelLayout layout)
        : base(columns)
    {
        if (layout.Channels.Length == 0)
            throw new ArgumentException("Need to extract at least one color.", "colorsToExtract");
        Layout = layout;
    }

    internal PixelLayout Layout { get; }

    internal static ImagePixelExtractingTransformer Load(ModelLoadContext ctx, BinaryReader reader) =>
        new(LoadPairs(reader), PixelLayout.Read(reader));

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        Layout.Write(writer);
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not ImageDataViewType { Height: > 0, Width: > 0 } image)
            throw Mismatch.Wrong(
                "input", input.Name, "known-size image", input.Type is ImageDataViewType ? "unknown-size image" : input.Type.ToString()!);
        int channels = Layout.Channels.Length;
        return new(Pairs[pair].Output, Layout.Interleave
            ? new VectorDataViewType(Layout.ItemType, image.Height, image.Width, channels)
            : new VectorDataViewType(Layout.ItemType, channels, image.Height, image.Width));
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer)
    {
        var type = (ImageDataViewType)input.Type;
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(input);
        return Layout.AsFloat
            ? Getter<float>(getter, type, value => (value - Layout.Offset) * Layout.Scale, ref disposer)
            : Getter<byte>(getter, type, value => (byte)Math.Clamp((value - Layout.Offset) * Layout.Scale, 0, 255), ref disposer);
    }

    private Delegate Getter<T>(ValueGetter<MLImage> getter, ImageDataViewType type, Func<byte, T> convert, ref Action? disposer)
    {
        T[] table = [.. Enumerable.Range(0, 256).Select(value => convert((byte)value))];
        string channels = Layout.Channels;
        int pixels = type.Height * type.Width;
        MLImage source = null!;
        disposer += () => source?.Dispose();
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) =>
        {
            getter(ref source);
            VBufferEditor<T> editor = VBufferEditor.Create(ref dst, channels.Length * pixels);
            if (source == null)
            {
                editor.Values.Clear();
                dst = editor.Commit();
                return;
            }

            if (source.Height != type.Height || source.Width != type.Width)
            {
                throw new InvalidOperationException(
                    $"The image has {source.Height} x {source.Width} pixels, its column type says {type.Height} x {type.Width}.");
            }

            ReadOnlySpan<byte> bytes = source.Pixels;
            string stored = source.PixelFormat == MLPixelFormat.Rgba32 ? "RGBA" : "BGRA";
            for (int channel = 0; channel < channels.Length; channel++)
            {
                int offset = stored.IndexOf(channels[channel]);
                int start = Layout.Interleave ? channel : channel * pixels;
                int step = Layout.Interleave ? channels.Length : 1;
                for (int pixel = 0; pixel < pixels; pixel++)
                    editor.Values[start + (pixel * step)] = table[bytes[(4 * pixel) + offset]];
            }

            dst = editor.Commit();
        });
    }
}
