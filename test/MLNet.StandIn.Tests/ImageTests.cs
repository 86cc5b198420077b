using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.StandIn.Tests;

public class ImageTests
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>2 x 2 pixels: red, green / blue, white.</summary>
    private static MLImage Corners() => MLImage.CreateFromPixels(
        2, 2, MLPixelFormat.Rgba32, [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255]);

    private IDataView Corner2x2 => _ml.Data.LoadFromEnumerable(new[] { new Sized { Image = Corners() } });

    [Fact]
    public void PixelsComeOutPlanarRgbByDefault()
    {
        IDataView pixels = Apply(_ml.Transforms.ExtractPixels("Pixels", "Image"), Corner2x2);
        Assert.Equal("Vector<Single, 3, 2, 2>", pixels.Schema["Pixels"].Type.ToString());
        Assert.Equal([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255], pixels.GetColumn<float[]>("Pixels").Single());
    }

    [Fact]
    public void PixelsCanBeInterleavedReorderedAndScaled()
    {
        IDataView pixels = Apply(
            _ml.Transforms.ExtractPixels(
                "Pixels", "Image", orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ABGR,
                interleavePixelColors: true, offsetImage: 255, scaleImage: 2),
            Corner2x2);
        Assert.Equal("Vector<Single, 2, 2, 3>", pixels.Schema["Pixels"].Type.ToString());
        Assert.Equal([-510f, -510f, 0f, -510f, 0f, -510f], pixels.GetColumn<float[]>("Pixels").Single().Take(6));

        IDataView bytes = Apply(
            _ml.Transforms.ExtractPixels(
                "Pixels", "Image", colorsToExtract: ImagePixelExtractingEstimator.ColorBits.Green, outputAsFloatArray: false), Corner2x2);
        Assert.Equal([0, 255, 0, 255], bytes.GetColumn<byte[]>("Pixels").Single());
    }

    [Fact]
    public void ImagesOfUnknownSizeCannotBeExtracted()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(1));
        IDataView images = Apply(_ml.Transforms.LoadImages("Image", null, "Name"), data);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Apply(_ml.Transforms.ExtractPixels("Pixels", "Image"), images));
        Assert.Contains("Schema mismatch for input column 'Image': expected known-size image, got unknown-size image", error.Message);
    }

    [Fact]
    public void FillKeepsTheMeanAndTheCorners()
    {
        byte[] pixels = [.. Enumerable.Range(0, 8 * 8).SelectMany(i => new byte[] { (byte)(i % 8 * 30), (byte)(i / 8 * 30), 10, 255 })];
        IDataView data = _ml.Data.LoadFromEnumerable(
            new[] { new Any { Image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Rgba32, pixels) } });
        MLImage small = Apply(_ml.Transforms.ResizeImages("Small", 4, 4, "Image", ImageResizingEstimator.ResizingKind.Fill), data)
            .GetColumn<MLImage>("Small").Single();
        Assert.Equal((4, 4), (small.Width, small.Height));
        float[] red = [.. Enumerable.Range(0, 16).Select(i => (float)small.Pixels[4 * i])];
        Assert.Equal(105, red.Average(), 1.0);
        Assert.True(red[0] < red[1] && red[1] < red[2] && red[2] < red[3]);
        Assert.Equal(10, small.Pixels[2]);
    }

    [Fact]
    public void PaddingAndCroppingKeepTheAspectRatio()
    {
        // Four pixels in a row: red, green, blue, white.
        byte[] row = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255];
        IDataView data = _ml.Data.LoadFromEnumerable(
            new[] { new Any { Image = MLImage.CreateFromPixels(4, 1, MLPixelFormat.Rgba32, row) } });

        MLImage padded = Resize(data, 4, 3, ImageResizingEstimator.ResizingKind.IsoPad, ImageResizingEstimator.Anchor.Center);
        Assert.Equal([0, 0, 0, 0], padded.Pixels[..4].ToArray());
        Assert.Equal(row, padded.Pixels[16..32].ToArray());
        MLImage top = Resize(data, 4, 3, ImageResizingEstimator.ResizingKind.IsoPad, ImageResizingEstimator.Anchor.Top);
        Assert.Equal(row, top.Pixels[..16].ToArray());

        Assert.Equal(row[4..12], Crop(data, ImageResizingEstimator.Anchor.Center).Pixels.ToArray());
        Assert.Equal(row[..8], Crop(data, ImageResizingEstimator.Anchor.Left).Pixels.ToArray());
        Assert.Equal(row[8..], Crop(data, ImageResizingEstimator.Anchor.Right).Pixels.ToArray());
    }

    [Fact]
    public void FilesAreLoadedFromTheFolder()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        using (MLImage image = Corners())
            image.Save(Path.Combine(folder, "n0.png"));
        File.WriteAllText(Path.Combine(folder, "n1.png"), "not an image");
        IDataView data = _ml.Data.LoadFromEnumerable(
            new[] { new Item { Name = "n0.png" }, new Item { Name = "n1.png" }, new Item { Name = "n2.png" } });
        IDataView images = Apply(_ml.Transforms.LoadImages("Image", folder, "Name"), data);
        Assert.Equal("Image", images.Schema["Image"].Type.ToString());

        using DataViewRowCursor cursor = images.GetRowCursor([images.Schema["Image"]]);
        ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(images.Schema["Image"]);
        MLImage value = null!;
        cursor.MoveNext();
        getter(ref value);
        Assert.Equal((2, 2), (value.Width, value.Height));
        Assert.Equal([0, 0, 255, 255], value.Pixels[..4].ToArray());
        cursor.MoveNext();
        Assert.Contains("n1.png", Assert.ThrowsAny<ArgumentException>(() => getter(ref value)).Message);
        cursor.MoveNext();
        Assert.Contains("n2.png", Assert.Throws<FileNotFoundException>(() => getter(ref value)).Message);

        byte[] raw = Apply(_ml.Transforms.LoadRawImageBytes("Raw", folder, "Name"), _ml.Data.TakeRows(data, 1)).GetColumn<byte[]>("Raw")
            .Single();
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "n0.png")), raw);
    }

    [Fact]
    public void AnImageMemberNeedsAnAttributeOrARegisteredType()
    {
        Assert.Equal(new ImageDataViewType(2, 2), Corner2x2.Schema["Image"].Type);
        Assert.Throws<ArgumentOutOfRangeException>(() => SchemaDefinition.Create(typeof(Plain)));
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Sized));
        definition["Image"].ColumnType = new ImageDataViewType(7, 9);
        Assert.Equal("Image<7, 9>", _ml.Data.LoadFromEnumerable(Array.Empty<Sized>(), definition).Schema["Image"].Type.ToString());
    }

    private MLImage Crop(IDataView data, ImageResizingEstimator.Anchor anchor) =>
        Resize(data, 2, 1, ImageResizingEstimator.ResizingKind.IsoCrop, anchor);

    private MLImage Resize(
        IDataView data, int width, int height, ImageResizingEstimator.ResizingKind kind, ImageResizingEstimator.Anchor anchor) =>
        Apply(_ml.Transforms.ResizeImages("Out", width, height, "Image", kind, anchor), data).GetColumn<MLImage>("Out").Single();

    private static IDataView Apply(IEstimator<ITransformer> estimator, IDataView data) => estimator.Fit(data).Transform(data);

    private sealed class Sized
    {
        [ImageType(2, 2)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Any
    {
        [ImageType]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Plain
    {
        public MLImage Image { get; set; } = null!;
    }
}
