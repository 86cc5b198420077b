using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Resizes with an antialiased bilinear filter: IsoPad fits the image inside and pads with transparent black, IsoCrop covers the target
/// and cuts off the rest, Fill stretches. An anchor that does not apply to the direction in which there is room means the centre.
/// </summary>
public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ImageResizer";
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

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
    {
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(input);
        MLImage source = null!;
        return (ValueGetter<MLImage>)((ref MLImage dst) =>
        {
            getter(ref source);
            dst?.Dispose();
            dst = source == null ? null! : Resize(source);
        });
    }

    private MLImage Resize(MLImage source)
    {
        double scaleX = (double)_width / source.Width;
        double scaleY = (double)_height / source.Height;
        if (_resizing != ImageResizingEstimator.ResizingKind.Fill)
            scaleX = scaleY = _resizing == ImageResizingEstimator.ResizingKind.IsoPad ? Math.Min(scaleX, scaleY) : Math.Max(scaleX, scaleY);
        double left = Offset(_width - (source.Width * scaleX), ImageResizingEstimator.Anchor.Left, ImageResizingEstimator.Anchor.Right);
        double top = Offset(_height - (source.Height * scaleY), ImageResizingEstimator.Anchor.Top, ImageResizingEstimator.Anchor.Bottom);
        byte[] pixels = new byte[4 * _width * _height];
        PixelResampler.Resample(source.Pixels, source.Width, source.Height, pixels, _width, _height, scaleX, scaleY, left, top);
        MLImage result = MLImage.CreateFromPixels(_width, _height, source.PixelFormat, pixels);
        result.Tag = source.Tag;
        return result;
    }

    private double Offset(double room, ImageResizingEstimator.Anchor near, ImageResizingEstimator.Anchor far) =>
        _anchor == near ? 0 : _anchor == far ? room : room / 2;
}
