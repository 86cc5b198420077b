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
    public void FillTakesPixelsAsTheyAre()
    {
        byte[] pixels = [.. Enumerable.Range(0, 8 * 8).SelectMany(i => new byte[] { (byte)(i % 8 * 30), (byte)(i / 8 * 30), 10, 255 })];
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Square { Image = MLImage.CreateFromPixels(8, 8, MLPixelFormat.Rgba32, pixels) } });
        MLImage small = Apply(_ml.Transforms.ResizeImages("Small", 4, 4, "Image", ImageResizingEstimator.ResizingKind.Fill), data)
            .GetColumn<MLImage>("Small").Single();
        Assert.Equal((4, 4), (small.Width, small.Height));
        float[] red = [.. Enumerable.Range(0, 16).Select(i => (float)small.Pixels[4 * i])];
        Assert.All(red, value => Assert.Equal(0, value % 30));
        Assert.True(red[0] < red[1] && red[1] < red[2] && red[2] < red[3]);
        Assert.Equal(10, small.Pixels[2]);
    }

    [Fact]
    public void PaddingAndCroppingKeepTheAspectRatio()
    {
        // Four pixels in a row: red, green, blue, white.
        byte[] row = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255];
        byte[] bgra = [0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255];
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Line { Image = MLImage.CreateFromPixels(4, 1, MLPixelFormat.Rgba32, row) } });

        // Padding is always around the centre, and what comes out of padding and cropping is BGRA.
        foreach (var anchor in new[] { ImageResizingEstimator.Anchor.Center, ImageResizingEstimator.Anchor.Top })
        {
            MLImage padded = Resize(data, 4, 3, ImageResizingEstimator.ResizingKind.IsoPad, anchor);
            Assert.Equal(MLPixelFormat.Bgra32, padded.PixelFormat);
            Assert.Equal([0, 0, 0, 0], padded.Pixels[..4].ToArray());
            Assert.Equal(bgra, padded.Pixels[16..32].ToArray());
        }

        Assert.Equal(bgra[4..12], Crop(data, ImageResizingEstimator.Anchor.Center).Pixels.ToArray());
        Assert.Equal(bgra[..8], Crop(data, ImageResizingEstimator.Anchor.Left).Pixels.ToArray());
        Assert.Equal(bgra[8..], Crop(data, ImageResizingEstimator.Anchor.Right).Pixels.ToArray());
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
        Assert.ThrowsAny<ArgumentException>(() => getter(ref value));
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
        Assert.Throws<ArgumentOutOfRangeException>(() => SchemaDefinition.Create(typeof(Sizeless)));
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Sized));
        definition["Image"].ColumnType = new ImageDataViewType(7, 9);
        IDataView other = _ml.Data.LoadFromEnumerable(Array.Empty<Sized>(), definition);
        Assert.Equal("Image<7, 9>", other.Schema["Image"].Type.ToString());
        Assert.Throws<NotSupportedException>(() => other.GetRowCursor(other.Schema));
    }

    [Fact]
    public void AnImageOfTheRightSizeIsHandedOutAsItIs()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        using (MLImage image = Corners())
            image.Save(Path.Combine(folder, "n.png"));
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Item { Name = "n.png" }, new Item { Name = "n.png" } });
        IDataView images = Apply(_ml.Transforms.LoadImages("Image", folder, "Name").Append(_ml.Transforms.ResizeImages("Image", 2, 2)), data);
        using DataViewRowCursor cursor = images.GetRowCursor([images.Schema["Image"]]);
        ValueGetter<MLImage> getter = cursor.GetGetter<MLImage>(images.Schema["Image"]);
        MLImage first = null!, second = null!;
        cursor.MoveNext();
        getter(ref first);
        Assert.Equal(2, first.Width);
        cursor.MoveNext();
        getter(ref second);
        Assert.Equal(2, second.Width);
        Assert.ThrowsAny<InvalidOperationException>(() => first.Width);
    }

    [Fact]
    public void ExtractionDisposesTheImageItReadLast()
    {
        MLImage image = Corners();
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Sized { Image = image } });
        Assert.Single(Apply(_ml.Transforms.ExtractPixels("Pixels", "Image"), data).GetColumn<float[]>("Pixels"));
        Assert.ThrowsAny<InvalidOperationException>(() => image.Width);
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

    private sealed class Square
    {
        [ImageType(8, 8)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Line
    {
        [ImageType(1, 4)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Sizeless
    {
        [ImageType]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Plain
    {
        public MLImage Image { get; set; } = null!;
    }
}
