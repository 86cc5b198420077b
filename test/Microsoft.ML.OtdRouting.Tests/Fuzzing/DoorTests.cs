using System.Diagnostics;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using SkiaSharp;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>What comes through a door is the right answer or one clear error of a promised type, soon.</summary>
[Collection(nameof(Doors))]
public sealed class DoorTests(ITestOutputHelper output, ColourRouter colours) : IClassFixture<ColourRouter>, IDisposable
{
    private readonly Door _door = new(output);
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Images()
    {
        var random = new Random(11);
        var decoder = new ImageDecoder(new ImageDecodingOptions { MaxPixels = 10_000 });
        byte[][] files =
        [
            ImageFiles.Noise(40, 30, SKEncodedImageFormat.Jpeg), ImageFiles.Noise(40, 30, SKEncodedImageFormat.Png), ImageFiles.Noise(40, 30, SKEncodedImageFormat.Webp),
            ImageFiles.WithOrientation(ImageFiles.Noise(40, 30, SKEncodedImageFormat.Jpeg), 6), ImageFiles.PngOfSize(60_000, 60_000),
        ];
        await _door.Run("images", 2000, leastRefused: 800, leastAccepted: 200, _ =>
        {
            using var image = decoder.Decode(Mutation.Of(files[random.Next(files.Length)], random));
            Assert.InRange(image.Width * image.Height, 1, 10_000);
        }, e => e is InvalidDataException);
    }

    [Fact]
    public async Task Models()
    {
        var random = new Random(12);
        var context = new MLContext(seed: 1);
        var scoring = new ScoringOptions { IntraOpNumThreads = 1 };
        var model = await File.ReadAllBytesAsync(ColourModels.Write(_folder.Path, 8));
        await _door.Run("ONNX models", 600, leastRefused: 300, leastAccepted: 10, i =>
        {
            var file = _folder.File($"{i}.onnx");
            File.WriteAllBytes(file, Mutation.Of(model, random));
            var found = context.OtdRouting().Describe(new Resolution(file, 8), scoring);
            Assert.True(found.OutputLength > 0 && found.Flops > 0);
        }, e => e is InvalidDataException or NotSupportedException);
    }

    /// <summary>Options are what somebody might want, or nearly: what is accepted is fitted and routes, or tells with one error why it cannot be.</summary>
    [Fact]
    public async Task Options()
    {
        var random = new Random(13);
        var (fitting, rows) = (colours.WithKeys(colours.Load(ColourPictures.Rows(120, seed: 1))), colours.Test(20));
        var fitted = 0;
        await _door.Run("options", 400, leastRefused: 100, leastAccepted: 120, _ =>
        {
            var options = colours.Options();
            OptionMutation.Of(options, random);
            using var router = colours.Context.OtdRouting().Route(options).Fit(fitting);
            var worths = router.Transform(rows).GetColumn<float[]>(options.RouteScoresColumnName).ToList();
            Assert.Equal(20, worths.Count);
            // A route that may get no image at all is worth minus infinity.
            Assert.All(worths, w => Assert.True(float.IsFinite(w.Max()) && !w.Any(float.IsNaN)));
            var classes = router.Transform(rows).GetColumn<float[]>(options.Classification().ScoreColumnName).ToList();
            Assert.All(classes, p => Assert.Equal(1, p.Sum(), 1e-4));
            fitted++;
        }, e => e is ArgumentException or InvalidDataException or InvalidOperationException or OperationCanceledException or FileNotFoundException);
        Assert.InRange(fitted, 120, int.MaxValue);
    }

    /// <summary>A row fails where the decoder refuses its file, and nowhere else; the message names row and file, and skipped rows stay in their place.</summary>
    [Fact]
    public async Task Rows()
    {
        var random = new Random(14);
        var context = colours.Context;
        var decoder = new ImageDecoder();
        var rows = ColourPictures.Rows(300, seed: 1).Select((r, i) =>
        {
            // Checksums find every change of a PNG; many changes of a JPEG are other pixels.
            File.WriteAllBytes(_folder.File($"{i}"), Picture(r, i % 2 == 0 ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg));
            return new FashionPicture { Path = _folder.File($"{i}"), Label = r.Label };
        }).ToList();
        var data = context.Data.LoadFromEnumerable(rows);
        var keys = context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(data);
        var options = colours.Options();
        options.ImageColumnName = nameof(FashionPicture.Path);
        using var router = context.OtdRouting().Route(options).Fit(keys.Transform(data));
        using var skipping = router.WithRowFailure(RowFailureAction.Skip);
        var good = RoutedValues.Read(router.Transform(keys.Transform(data)));
        var (missing, mutated) = (0, _folder.File("mutated"));
        await _door.Run("rows that fail", 400, leastRefused: 200, leastAccepted: 20, i =>
        {
            File.WriteAllBytes(mutated, Mutation.Of(File.ReadAllBytes(rows[i % rows.Count].Path), random));
            var isImage = Record.Exception(() => decoder.Decode(mutated).Dispose()) is null;
            var three = keys.Transform(context.Data.LoadFromEnumerable([rows[0], new FashionPicture { Path = mutated, Label = "red" }, rows[1]]));
            var skipped = RoutedValues.Read(skipping.Transform(three));
            Assert.Equal(isImage, skipped.Routes[1] != 0);
            Assert.Equal(good.Scores.Take(2), [skipped.Scores[0], skipped.Scores[2]]);
            missing += isImage ? 0 : 1;
            Assert.Equal(missing, skipping.FailedRows);
            var error = Record.Exception(() => RoutedValues.AssertSame(skipped, RoutedValues.Read(router.Transform(three))));
            Assert.Equal(isImage, error is null);
            if (error is not null)
            {
                throw error;
            }
        }, e => e is InvalidOperationException && e.Message.StartsWith("Row 1", StringComparison.Ordinal) && e.Message.Contains(mutated));
    }

    /// <summary>What is no place for a file is refused before anything is written, and stays as it is.</summary>
    [Fact]
    public async Task Output_paths()
    {
        Process.Start("mkfifo", _folder.File("pipe")).WaitForExit();
        Directory.CreateDirectory(_folder.File("folder"));
        File.WriteAllText(_folder.File("file"), "old");
        File.CreateSymbolicLink(_folder.File("one"), _folder.File("two"));
        File.CreateSymbolicLink(_folder.File("two"), _folder.File("one"));
        File.CreateSymbolicLink(_folder.File("to-pipe"), _folder.File("pipe"));
        File.CreateSymbolicLink(_folder.File("to-nowhere"), _folder.File("nowhere/file"));
        string[] bad =
        [
            "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev", "/", "/proc/self/mem", "/proc/otd.zip", "/nowhere/model.zip", "", "a\0b", ".", "..",
            .. new[] { "pipe", "folder", "one", "two", "to-pipe", "to-nowhere", "file/file", "nowhere/file", "folder/", new('x', 256), new('\u00fc', 128), "a\0b" }.Select(_folder.File),
        ];
        string[] good = ["file", "new", "folder/new", "\u00fc", " ", "-", new('x', 255), "a\nb", "'\"$(x)"];
        var files = Directory.GetFileSystemEntries(_folder.Path);
        await _door.Run("output paths", bad.Length + good.Length, leastRefused: bad.Length, leastAccepted: good.Length, i =>
        {
            i %= bad.Length + good.Length;
            if (i < bad.Length)
            {
                var error = Record.Exception(() => WholeFile.Probe(bad[i]));
                Assert.Equal(files, Directory.GetFileSystemEntries(_folder.Path));
                Assert.NotNull(error);
                throw error;
            }

            WholeFile.Probe(_folder.File(good[i - bad.Length]));
        }, e => e is IOException or ArgumentException);
        Assert.Equal("old", File.ReadAllText(_folder.File("file")));
    }

    private static byte[] Picture(ColourRow row, SKEncodedImageFormat format)
    {
        const int Plane = ColourPictures.Side * ColourPictures.Side;
        SKColor Colour(int x, int y)
        {
            var at = (y * ColourPictures.Side) + x;
            return new SKColor((byte)row.Image[at], (byte)row.Image[Plane + at], (byte)row.Image[(2 * Plane) + at]);
        }

        return ImageFiles.Encode(ColourPictures.Side, ColourPictures.Side, Colour, format);
    }
}
