using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// IsoPad fits the image inside and pads with zeros, IsoCrop covers the target and cuts off the rest, both with an antialiased bilinear filter, at
/// whole pixels and as <see cref="MLPixelFormat.Bgra32"/>. Fill stretches by taking the nearest pixel. An anchor that does not apply to the direction
/// in which IsoCrop cuts means the centre. An image of the right size is handed out as it is: it belongs to the input column still.
/// </summary>
public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ImageResizer";
    /// <summary>Keeps a size that is whole but for the last bit from losing a pixel.</summary>
    private const double Rounding = 1e-6;

    private readonly int _width;
    private readonly int _height;
    private readonly ImageResizingEstimator.ResizingKind _resizing;
    private readonly ImageResizingEstimator.Anchor _anchor;

    internal ImageResizingTransformer(
        IEnumerable<(string Output, string Input)> columns, int width, int height,
        ImageResizingEstimator.ResizingKind resizing, ImageResizingEstimator.Anchor anchor)
        : base(columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width, "imageWidth");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height, "imageHeight");
        if (!Enum.IsDefined(resizing))
            throw new ArgumentOutOfRangeException(nameof(resizing));
        if (!Enum.IsDefined(anchor))
            throw new ArgumentOutOfRangeException("cropAnchor");
        _width = width;
        _height = height;
        _resizing = resizing;
        _anchor = anchor;
    }

    internal ImageDataViewType OutputType => new(_height, _width);

    internal static ImageResizingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        var pairs = LoadPairs(reader);
        return new(
            pairs,
            reader.ReadInt32(),
            reader.ReadInt32(),
            (ImageResizingEstimator.ResizingKind)reader.ReadByte(),
            (ImageResizingEstimator.Anchor)reader.ReadByte());
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        writer.Write(_width);
        writer.Write(_height);
        writer.Write((byte)_resizing);
        writer.Write((byte)_anchor);
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not ImageDataViewType)
            throw Mismatch.Wrong("input", input.Name, "Image", input.Type.ToString()!);
        return new(Pairs[pair].Output, OutputType);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer)
    {
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(input);
        MLImage source = null!;
        return (ValueGetter<MLImage>)((ref MLImage dst) =>
        {
            dst?.Dispose();
            getter(ref source);
            if (source != null)
                dst = source.Width == _width && source.Height == _height ? source : Resize(source);
        });
    }

    private MLImage Resize(MLImage source)
    {
        byte[] pixels = new byte[4 * _width * _height];
        MLPixelFormat format = MLPixelFormat.Bgra32;
        if (_resizing == ImageResizingEstimator.ResizingKind.Fill)
        {
            format = source.PixelFormat;
            PixelResampler.TakeNearest(source.Pixels, source.Width, source.Height, pixels, _width, _height);
        }
        else
        {
            double scaleX = (double)_width / source.Width;
            double scaleY = (double)_height / source.Height;
            bool crops = _resizing == ImageResizingEstimator.ResizingKind.IsoCrop;
            double scale = crops ? Math.Max(scaleX, scaleY) : Math.Min(scaleX, scaleY);
            (int left, int width) = Place(_width, source.Width * scale, crops, ImageResizingEstimator.Anchor.Left, ImageResizingEstimator.Anchor.Right);
            (int top, int height) = Place(_height, source.Height * scale, crops, ImageResizingEstimator.Anchor.Top, ImageResizingEstimator.Anchor.Bottom);
            PixelResampler.Resample(
                source.Pixels, source.Width, source.Height, pixels, _width, _height,
                (double)width / source.Width, (double)height / source.Height, left, top);
            if (source.PixelFormat == MLPixelFormat.Rgba32)
                PixelResampler.SwapRedAndBlue(pixels);
        }

        MLImage result = MLImage.CreateFromPixels(_width, _height, format, pixels);
        result.Tag = source.Tag;
        return result;
    }

    /// <summary>Where the scaled image lies in the target, in one direction.</summary>
    private (int Offset, int Size) Place(
        int target, double size, bool crops, ImageResizingEstimator.Anchor near, ImageResizingEstimator.Anchor far)
    {
        double room = target - size;
        double offset = crops && _anchor == near ? 0 : crops && _anchor == far ? room : room / 2;
        return ((int)offset, (int)(size + Rounding));
    }
}
