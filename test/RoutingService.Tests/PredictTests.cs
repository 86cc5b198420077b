using FashionData;
using SkiaSharp;

namespace RoutingService.Tests;

/// <summary>One image, several images, and images that are none.</summary>
[Collection(SharedRouter.Name)]
public class PredictTests(SavedRouter saved)
{
    private static readonly byte[] NoImage = "This is not an image."u8.ToArray();

    [Fact]
    public async Task Images_one_by_one_are_what_the_router_says()
    {
        await using var service = await RunningService.StartAsync(saved);
        var expected = saved.Expected();
        for (var i = 0; i < expected.Count; i++)
        {
            AssertSame(expected[i], await service.PredictAsync(saved.Pictures[i]));
        }

        Assert.True(expected.Select(p => p.Route).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Images_in_one_request_are_what_the_router_says()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostManyAsync([.. saved.Pictures.Select(File)]);
        var items = await RunningService.ReadAsync<BatchItem[]>(response);
        var expected = saved.Expected();
        Assert.Equal(saved.Pictures.Select(p => Path.GetFileName(p.Path)), items.Select(i => i.File));
        for (var i = 0; i < items.Length; i++)
        {
            AssertSame(expected[i], items[i].Prediction!);
        }
    }

    [Fact]
    public async Task A_bad_image_in_a_request_is_told_in_its_place()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostManyAsync(File(saved.Pictures[0]), ("bad.png", NoImage), File(saved.Pictures[1]));
        var items = await RunningService.ReadAsync<BatchItem[]>(response);
        var expected = saved.Expected();
        AssertSame(expected[0], items[0].Prediction!);
        Assert.Null(items[1].Prediction);
        Assert.Contains("no image in a format", items[1].Error);
        AssertSame(expected[1], items[2].Prediction!);
    }

    [Fact]
    public async Task A_request_of_bad_images_names_each()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostManyAsync(("one.png", NoImage), ("two.png", []));
        var problem = await RunningService.ProblemAsync(response, 400);
        Assert.Contains("one.png: The 21 bytes are no image in a format that can be decoded.", problem.Detail);
        Assert.Contains("two.png: The image is empty.", problem.Detail);
    }

    [Fact]
    public async Task A_form_without_files()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.Http.PostAsync("/predict/batch", new MultipartFormDataContent { { new StringContent("text"), "name" } });
        Assert.Contains("0 files", (await RunningService.ProblemAsync(response, 400)).Detail);
        using var noForm = await service.Http.PostAsync("/predict/batch", new ByteArrayContent(NoImage));
        await RunningService.ProblemAsync(noForm, 415);
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(21, "no image in a format")]
    public async Task What_is_no_image(int length, string message)
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostAsync(NoImage[..length]);
        Assert.Contains(message, (await RunningService.ProblemAsync(response, 400)).Detail);
    }

    [Fact]
    public async Task A_file_that_was_cut_off()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostAsync((await System.IO.File.ReadAllBytesAsync(saved.Pictures[0].Path))[..60]);
        Assert.Contains("28 x 28 pixels is cut off", (await RunningService.ProblemAsync(response, 400)).Detail);
    }

    [Fact]
    public async Task Limits_of_bytes_and_pixels()
    {
        await using var service = await RunningService.StartAsync(
            saved, settings: ["--Upload:MaxImageBytes", "3000", "--Upload:MaxBatchBytes", "9000", "--Upload:MaxPixels", "784"]);
        using var fits = await service.PostAsync(Images.Make(saved, 28, 28));
        Assert.True(fits.IsSuccessStatusCode);
        using var tooManyPixels = await service.PostAsync(Images.Make(saved, 29, 28));
        Assert.Contains("29 x 28 pixels; allowed are at most 784", (await RunningService.ProblemAsync(tooManyPixels, 400)).Detail);
        using var tooManyBytes = await service.PostAsync(new byte[3001]);
        await RunningService.ProblemAsync(tooManyBytes, 413);
        using var tooLongFile = await service.PostManyAsync(("long.png", new byte[3001]));
        Assert.Contains("3001 bytes; allowed are at most 3000", (await RunningService.ProblemAsync(tooLongFile, 400)).Detail);
        using var tooLongForm = await service.PostManyAsync(("long.png", new byte[9001]));
        await RunningService.ProblemAsync(tooLongForm, 413);
    }

    [Fact]
    public async Task Jpeg_images_of_another_size()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostAsync(Images.Make(saved, 60, 40, ".jpg"));
        Assert.Contains((await RunningService.ReadAsync<ImagePrediction>(response)).Class, FashionPictures.ClassNames);
    }

    [Fact]
    public async Task A_marker_without_a_length_does_not_get_an_image_past_the_limit()
    {
        await using var service = await RunningService.StartAsync(saved, settings: ["--Upload:MaxPixels", "784"]);
        var jpeg = Images.Make(saved, 60, 40, ".jpg");
        using var response = await service.PostAsync([.. jpeg.AsSpan(0, 2), 0xFF, 0x01, .. jpeg.AsSpan(2)]);
        await RunningService.ProblemAsync(response, 400);
    }

    [Fact]
    public async Task Formats_that_nobody_asked_for_are_not_decoded()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var response = await service.PostAsync(Images.Make(saved, 28, 28, ".webp"));
        Assert.Contains("The image is webp; allowed are png and jpeg.", (await RunningService.ProblemAsync(response, 400)).Detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Photos_on_their_side_are_turned(bool apply)
    {
        await using var service = await RunningService.StartAsync(saved, settings: ["--Upload:ApplyOrientation", apply.ToString()]);
        // A trouser that lies on its side, as a phone stores it, and what says so.
        using var trouser = SKBitmap.Decode(saved.Pictures.First(p => p.Label == "Trouser").Path);
        using var lying = new SKBitmap(trouser.Info);
        for (var i = 0; i < 28 * 28; i++)
        {
            lying.SetPixel(i % 28, i / 28, trouser.GetPixel(27 - (i / 28), i % 28));
        }

        using var encoded = lying.Encode(SKEncodedImageFormat.Jpeg, 100);
        var jpeg = encoded.ToArray();
        using var response = await service.PostAsync(
        [
            .. jpeg.AsSpan(0, 2), 0xFF, 0xE1, 0, 34, .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, .. jpeg.AsSpan(2),
        ]);
        Assert.Equal(apply, (await RunningService.ReadAsync<ImagePrediction>(response)).Class == "Trouser");
    }

    private static (string Name, byte[] Image) File(FashionPicture picture) =>
        (Path.GetFileName(picture.Path), System.IO.File.ReadAllBytes(picture.Path));

    /// <summary>Scores differ in the last bits between batches of different sizes.</summary>
    private static void AssertSame(ImagePrediction expected, ImagePrediction found)
    {
        Assert.Equal(expected with { Probability = 0 }, found with { Probability = 0 });
        Assert.Equal(expected.Probability, found.Probability, 1e-5f);
    }
}
