using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers whose image column holds paths of files, beside the same ones behind ML.NET's own loader.</summary>
public sealed class PathColumnTests : IClassFixture<PathColumnTests.Photos>
{
    private readonly Photos _photos;

    public PathColumnTests(Photos photos) => _photos = photos;

    private static MLContext Context => new(seed: 1);

    [Fact]
    public void Scores_are_those_of_images_that_ML_NET_has_loaded()
    {
        using var paths = Fit(_photos.Upright, nameof(FashionPicture.Path));
        using var images = Fit(_photos.Upright, "Image");
        RoutedValues.AssertSame(RoutedValues.Read(images.Transform(_photos.Upright)), RoutedValues.Read(paths.Transform(_photos.Upright)));
        Assert.Contains("Image", images.GetOutputSchema(_photos.Upright.Schema).Select(c => c.Name));
    }

    [Fact]
    public void Bytes_of_files_are_scored_as_the_files_and_come_back_from_a_saved_router()
    {
        using var paths = Fit(_photos.Turned, nameof(FashionPicture.Path));
        var files = Context.Data.LoadFromEnumerable(_photos.TurnedFiles.Select(f => new EncodedPicture { Path = File.ReadAllBytes(f.Path), Label = f.Label }));
        var names = Context.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(n => new FashionPicture { Label = n }));
        var data = Context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: Context.Transforms.SelectColumns("Label").Fit(names).Transform(names))
            .Fit(files).Transform(files);
        using var bytes = Fit(data, nameof(EncodedPicture.Path));
        var expected = RoutedValues.Read(paths.Transform(_photos.Turned));
        RoutedValues.AssertSame(expected, RoutedValues.Read(bytes.Transform(data)));
        Assert.Equal(_photos.TurnedFiles.Select(f => File.ReadAllBytes(f.Path)), bytes.Transform(data).GetColumn<byte[]>("Path"));

        using var folder = new ScratchFolder();
        var ml = Context;
        ml.OtdRouting().Save(bytes, data.Schema, folder.File("bytes.zip"));
        using var chain = ml.OtdRouting().Load(folder.File("bytes.zip"), out _);
        RoutedValues.AssertSame(expected, RoutedValues.Read(chain.Transform(data)));
        using var engine = ml.Model.CreatePredictionEngine<EncodedPicture, Scored>(chain.OfType<OtdRoutingTransformer>().Single());
        Assert.Equal(expected.Routes[7], engine.Predict(new EncodedPicture { Path = File.ReadAllBytes(_photos.TurnedFiles[7].Path) }).Route);

        var broken = ml.Data.LoadFromEnumerable([new EncodedPicture { Path = [1, 2, 3] }, new EncodedPicture()]);
        Assert.Contains("Row 0", Assert.Throws<InvalidOperationException>(() => bytes.Transform(broken).GetColumn<uint>("Route").ToList()).Message);
        using var skipping = bytes.WithRowFailure(RowFailureAction.Skip);
        Assert.Equal([0u, 0u], skipping.Transform(broken).GetColumn<uint>("Route"));
    }

    [Fact]
    public void Relative_paths_are_in_the_folder()
    {
        using var whole = Fit(_photos.Upright, nameof(FashionPicture.Path));
        var folder = Path.GetDirectoryName(_photos.UprightFiles[0].Path)!;
        var named = Keyed(_photos.UprightFiles.Select(f => new FashionPicture { Path = Path.GetFileName(f.Path), Label = f.Label }).ToList(), folder);
        using var relative = Fit(named, nameof(FashionPicture.Path), folder: folder);
        RoutedValues.AssertSame(RoutedValues.Read(whole.Transform(_photos.Upright)), RoutedValues.Read(relative.Transform(named)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Threads_and_batches_change_no_bit(int runs)
    {
        using var expected = Fit(_photos.Upright, nameof(FashionPicture.Path));
        using var other = Fit(_photos.Upright, nameof(FashionPicture.Path), runs: runs, batch: 1 + (5 * runs));
        RoutedValues.AssertSame(RoutedValues.Read(expected.Transform(_photos.Upright)), RoutedValues.Read(other.Transform(_photos.Upright)));
    }

    [Theory]
    [InlineData(1, 448, 1)]
    [InlineData(6, 448, 4)]
    [InlineData(1, 54, 1)]
    public void Large_photos_are_decoded_at_a_fraction_with_nearly_the_same_pixels(int orientation, int side, int tolerance)
    {
        var jpeg = ImageFiles.Encode(side, side * 3 / 2, (x, y) => new SKColor((byte)(x * 255 / side), (byte)(y * 170 / side), (byte)((x + y) * 100 / side)), SKEncodedImageFormat.Jpeg);
        var file = orientation == 1 ? jpeg : ImageFiles.WithOrientation(jpeg, orientation);
        var reader = new PixelReader(28, 28, ImageFit.CenterCrop);
        var (full, scaled) = (new float[reader.Length], new float[reader.Length]);
        new ImageDecoder(new ImageDecodingOptions { ScaledDecoding = false }).Read(file, reader, full);
        new ImageDecoder().Read(file, reader, scaled);
        // A photo that is less than twice as large is decoded whole.
        Assert.Equal(side < 56, full.SequenceEqual(scaled));
        for (var i = 0; i < full.Length; i++)
        {
            Assert.Equal(full[i], scaled[i], tolerance + 1f);
        }
    }

    [Fact]
    public void Photos_that_lie_on_their_side_are_scored_upright()
    {
        using var upright = Fit(_photos.Upright, nameof(FashionPicture.Path));
        using var turned = Fit(_photos.Turned, nameof(FashionPicture.Path));
        var expected = RoutedValues.Read(upright.Transform(_photos.Upright));
        // JPEG rounds turned pixels a little differently.
        var found = RoutedValues.Read(turned.Transform(_photos.Turned));
        Assert.InRange(expected.PredictedKeys.Zip(found.PredictedKeys).Count(p => p.First == p.Second), (int)(0.97 * expected.Rows), expected.Rows);

        using var lying = Fit(_photos.Turned, nameof(FashionPicture.Path), apply: false);
        Assert.InRange(
            RoutedValues.Read(lying.Transform(_photos.Turned)).PredictedKeys.Zip(expected.PredictedKeys).Count(p => p.First == p.Second), 0, (int)(0.8 * expected.Rows));
    }

    [Fact]
    public void One_photo_at_a_time_is_scored_as_in_batches()
    {
        using var router = Fit(_photos.Turned, nameof(FashionPicture.Path));
        var expected = RoutedValues.Read(router.Transform(_photos.Turned));
        using var engine = Context.Model.CreatePredictionEngine<FashionPicture, Scored>(router);
        for (var row = 0; row < 20; row++)
        {
            Assert.Equal(expected.Routes[row], engine.Predict(_photos.TurnedFiles[row]).Route);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_saved_router_keeps_how_files_are_decoded(bool apply)
    {
        using var folder = new ScratchFolder();
        using var router = Fit(_photos.Turned, nameof(FashionPicture.Path), apply);
        Context.OtdRouting().Save(router, _photos.Turned.Schema, folder.File("model.zip"));
        using var loaded = Context.OtdRouting().Load(folder.File("model.zip"), out _);
        RoutedValues.AssertSame(
            RoutedValues.Read(router.Transform(_photos.Turned)), RoutedValues.Read(Assert.Single(loaded.OfType<OtdRoutingTransformer>()).Transform(_photos.Turned)));
        // Without this package the files are loaded by ML.NET, which turns none.
        var plain = PlainModel.Load(Context, folder.File("model.zip"), out _);
        var scored = plain.Transform(_photos.Turned);
        Assert.DoesNotContain(scored.Schema, c => c.Name.StartsWith("OtdRouting.", StringComparison.Ordinal));
        Assert.Equal(_photos.TurnedFiles.Count, scored.GetColumn<float[]>("Score").Count());
    }

    [Fact]
    public void A_file_that_cannot_be_decoded_is_named_with_its_row()
    {
        using var folder = new ScratchFolder();
        using var router = Fit(_photos.Upright, nameof(FashionPicture.Path));
        File.WriteAllText(folder.File("text.jpg"), "no image");
        File.WriteAllBytes(folder.File("huge.png"), ImageFiles.PngOfSize(30_000, 30_000));
        foreach (var (file, problem) in new[]
        {
            (folder.File("text.jpg"), "no image in a format"), (folder.File("huge.png"), "30000 x 30000 pixels; allowed are at most 100000000"),
            (folder.File("missing.jpg"), "There is no image"), ("", "has no image"), ("/dev/zero", "no regular file"),
        })
        {
            List<FashionPicture> files = [.. _photos.UprightFiles.Take(3), new FashionPicture { Path = file, Label = "Bag" }];
            var data = Keyed(files);
            var error = Assert.Throws<InvalidOperationException>(() => router.Transform(data).GetColumn<uint>("Route").ToList());
            Assert.Contains("Row 3", error.Message);
            Assert.Contains(problem, error.Message);
        }
    }

    private static OtdRoutingTransformer Fit(IDataView data, string column, bool apply = true, string folder = "", int? runs = null, int batch = 32)
    {
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = column,
            Task = new ClassificationTask
            {
                LabelColumnName = "Key",
                ClassNames = FashionPictures.ClassNames,
                // Photos that lie on their side are at chance level, which a fit to labels refuses.
                Teacher = apply ? null : ClassificationTeacher.Largest,
            },
            Resolutions = { new(FashionPictures.ModelFile(10), 10), new(FashionPictures.ModelFile(28), 28) },
            Decoding = { ApplyOrientation = apply, Folder = folder },
            Scoring = { IntraOpNumThreads = 1, ConcurrentRuns = runs, BatchSize = batch },
        };
        return Context.OtdRouting().Route(options).Fit(data);
    }

    private static IDataView Keyed(IReadOnlyList<FashionPicture> files, string folder = "")
    {
        var data = Context.Data.LoadFromEnumerable(files);
        var names = Context.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(n => new FashionPicture { Label = n }));
        return Context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: Context.Transforms.SelectColumns("Label").Fit(names).Transform(names))
            .Append(Context.Transforms.LoadImages("Image", folder, nameof(FashionPicture.Path)))
            .Fit(data).Transform(data);
    }

    /// <summary>JPEG files of the example's pictures, upright and as phones store them.</summary>
    public sealed class Photos : IDisposable
    {
        private readonly ScratchFolder _folder = new();

        public Photos()
        {
            UprightFiles = [.. FashionPictures.Test(200).Select((p, i) => Write(p, i, turned: false))];
            TurnedFiles = [.. FashionPictures.Test(200).Select((p, i) => Write(p, i, turned: true))];
        }

        public IReadOnlyList<FashionPicture> UprightFiles { get; }

        public IReadOnlyList<FashionPicture> TurnedFiles { get; }

        public IDataView Upright => Keyed(UprightFiles);

        public IDataView Turned => Keyed(TurnedFiles);

        public void Dispose() => _folder.Dispose();

        private FashionPicture Write(FashionPicture picture, int number, bool turned)
        {
            using var image = SKBitmap.Decode(picture.Path);
            var side = image.Width;
            var jpeg = turned
                ? ImageFiles.WithOrientation(ImageFiles.Encode(side, side, (x, y) => image.GetPixel(side - 1 - y, x), SKEncodedImageFormat.Jpeg), 6)
                : ImageFiles.Encode(side, side, image.GetPixel, SKEncodedImageFormat.Jpeg);
            var file = _folder.File($"{number}-{turned}.jpg");
            File.WriteAllBytes(file, jpeg);
            return new FashionPicture { Path = file, Label = picture.Label };
        }
    }

    private sealed class EncodedPicture
    {
        public byte[] Path { get; set; } = [];

        public string Label { get; set; } = "Bag";
    }

    private sealed class Scored
    {
        public uint Route { get; set; }
    }
}
