using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tests.Images;

public sealed class ImageDecoderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly ImageDecoder _decoder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Pixels_are_those_of_ML_NET(SKEncodedImageFormat format)
    {
        var file = Save(ImageFiles.Noise(37, 23, format));
        using var expected = MLImage.CreateFromFile(file);
        using var fromFile = _decoder.Decode(file);
        using var fromBytes = _decoder.Decode(File.ReadAllBytes(file));
        Assert.Equal(new ImageDescription(format.ToString().ToLowerInvariant(), 37, 23, 1), _decoder.Describe(file));
        foreach (var found in new[] { fromFile, fromBytes })
        {
            Assert.Equal((37, 23, expected.PixelFormat), (found.Width, found.Height, found.PixelFormat));
            Assert.Equal(expected.Pixels.ToArray(), found.Pixels.ToArray());
        }
    }

    [Fact]
    public void Transparent_and_grey_pixels_are_those_of_ML_NET()
    {
        var random = new Random(2);
        var transparent = Save(ImageFiles.Encode(9, 5, (_, _) => new SKColor((uint)random.NextInt64()), SKEncodedImageFormat.Png));
        foreach (var file in new[] { transparent, FashionPictures.Test(1)[0].Path })
        {
            using var expected = MLImage.CreateFromFile(file);
            using var found = _decoder.Decode(file);
            Assert.Equal(expected.Pixels.ToArray(), found.Pixels.ToArray());
        }
    }

    /// <summary>The letter F, as in the usual picture of the eight orientations: what lies in the file, row by row.</summary>
    [Theory]
    [InlineData(1, "### #.. ##. #.. #..")]
    [InlineData(2, "### ..# .## ..# ..#")]
    [InlineData(3, "..# ..# .## ..# ###")]
    [InlineData(4, "#.. #.. ##. #.. ###")]
    [InlineData(5, "##### #.#.. #....")]
    [InlineData(6, "#.... #.#.. #####")]
    [InlineData(7, "....# ..#.# #####")]
    [InlineData(8, "##### ..#.# ....#")]
    public void All_orientations_come_out_upright(int orientation, string stored)
    {
        var rows = stored.Split(' ');
        var (width, height) = (rows[0].Length, rows.Length);
        var target = new uint[15];
        ExifOrientation.Apply(string.Concat(rows).Select(c => (uint)c).ToArray(), width, height, orientation, target);
        Assert.Equal("####..##.#..#..", new string(target.Select(p => (char)p).ToArray()));
        Assert.Equal(height == 3, ExifOrientation.SwapsSides(orientation));

        // The same in a file, with letters of 8 pixels that JPEG leaves as they are.
        var file = Save(ImageFiles.WithOrientation(
            ImageFiles.Encode(8 * width, 8 * height, (x, y) => rows[y / 8][x / 8] == '#' ? SKColors.White : SKColors.Black, SKEncodedImageFormat.Jpeg), orientation));
        Assert.Equal(new ImageDescription("jpeg", 8 * width, 8 * height, orientation), _decoder.Describe(file));
        using var upright = _decoder.Decode(file);
        Assert.Equal((24, 40), (upright.Width, upright.Height));
        var letters = Enumerable.Range(0, 15).Select(i => upright.Pixels[4 * ((((i / 3 * 8) + 4) * 24) + (i % 3 * 8) + 4)] > 127 ? '#' : '.');
        Assert.Equal("####..##.#..#..", new string(letters.ToArray()));
        using var asStored = new ImageDecoder(new ImageDecodingOptions { ApplyOrientation = false }).Decode(file);
        Assert.Equal((8 * width, 8 * height), (asStored.Width, asStored.Height));
    }

    [Fact]
    public void ML_NET_leaves_images_as_they_lie_in_the_file()
    {
        var file = Save(ImageFiles.WithOrientation(ImageFiles.Noise(16, 8, SKEncodedImageFormat.Jpeg), 6));
        var context = new MLContext();
        var data = context.Data.LoadFromEnumerable([new FashionPicture { Path = file }]);
        var loaded = context.Transforms.LoadImages("Image", "", "Path").Fit(data).Transform(data);
        using var cursor = loaded.GetRowCursor([loaded.Schema["Image"]]);
        var image = default(MLImage)!;
        Assert.True(cursor.MoveNext());
        cursor.GetGetter<MLImage>(loaded.Schema["Image"])(ref image);
        Assert.Equal((16, 8), (image.Width, image.Height));
        using var upright = _decoder.Decode(file);
        Assert.Equal((8, 16), (upright.Width, upright.Height));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void The_limit_of_pixels_is_checked_before_they_are_decoded(SKEncodedImageFormat format)
    {
        var file = Save(ImageFiles.Noise(20, 10, format));
        using var fits = new ImageDecoder(new ImageDecodingOptions { MaxPixels = 200 }).Decode(file);
        var error = Assert.Throws<InvalidDataException>(() => new ImageDecoder(new ImageDecodingOptions { MaxPixels = 199 }).Decode(file));
        Assert.Equal($"'{file}' has 20 x 10 pixels; allowed are at most 199.", error.Message);
        Assert.Throws<InvalidDataException>(() => new ImageDecoder(new ImageDecodingOptions { MaxPixels = 199 }).Decode(File.ReadAllBytes(file)));
    }

    [Theory]
    [InlineData(20_000, 20_000)]
    [InlineData(100_000, 100_000)]
    [InlineData(0x7fffffff, 0x7fffffff)]
    public void Small_files_of_huge_images_take_no_memory(uint width, uint height)
    {
        var before = Process.GetCurrentProcess().PeakWorkingSet64;
        Assert.Throws<InvalidDataException>(() => _decoder.Decode(ImageFiles.PngOfSize(width, height)));
        using var process = Process.GetCurrentProcess();
        Assert.InRange(process.PeakWorkingSet64 - before, 0, 200L << 20);
    }

    [Fact]
    public void Markers_without_a_length_do_not_hide_the_size_of_a_JPEG()
    {
        // FF 01 (TEM) has no length; what follows it is no segment of a made-up size.
        var jpeg = ImageFiles.Noise(64, 48, SKEncodedImageFormat.Jpeg);
        byte[] hidden = [.. jpeg.AsSpan(0, 2), 0xFF, 0x01, .. jpeg.AsSpan(2)];
        var strict = new ImageDecoder(new ImageDecodingOptions { MaxPixels = 1000 });
        Assert.Throws<InvalidDataException>(() => strict.Decode(hidden));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Files_that_are_cut_off_are_refused(SKEncodedImageFormat format)
    {
        var whole = ImageFiles.Noise(40, 30, format);
        foreach (var part in new[] { 0.3, 0.5, 0.9 })
        {
            var file = Save(whole[..(int)(part * whole.Length)]);
            Assert.Contains(file, Assert.Throws<InvalidDataException>(() => _decoder.Decode(file)).Message);
        }
    }

    [Fact]
    public void What_is_no_image_file_is_told_apart()
    {
        Assert.Throws<FileNotFoundException>(() => _decoder.Decode(_folder.File("nowhere.png")));
        Assert.Throws<FileNotFoundException>(() => _decoder.Decode(_folder.Path));
        Assert.Contains("no image", Assert.Throws<InvalidDataException>(() => _decoder.Decode(Save("text"u8.ToArray()))).Message);
        Assert.Contains("is empty", Assert.Throws<InvalidDataException>(() => _decoder.Decode(Save([]))).Message);
        Assert.Throws<InvalidDataException>(() => _decoder.Decode([]));
    }

    [Fact]
    public async Task Pipes_and_devices_are_refused_without_being_opened()
    {
        var pipe = _folder.File("pipe.png");
        Process.Start("mkfifo", pipe).WaitForExit();
        File.CreateSymbolicLink(_folder.File("link.png"), pipe);
        foreach (var file in new[] { pipe, _folder.File("link.png"), "/dev/zero", "/dev/urandom" })
        {
            var attempt = Task.Run(() => _decoder.Decode(file)).WaitAsync(TimeSpan.FromMinutes(1));
            Assert.Contains("no regular file", (await Assert.ThrowsAsync<InvalidDataException>(() => attempt)).Message);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(500_000_001)]
    public void A_limit_out_of_range_is_named(int pixels) =>
        Assert.Contains(
            $"MaxPixels is {pixels}; it must be from 1 to 500000000",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDecodingOptions { MaxPixels = pixels }).Message);

    private string Save(byte[] file)
    {
        var path = _folder.File($"{Guid.NewGuid():N}");
        File.WriteAllBytes(path, file);
        return path;
    }
}
