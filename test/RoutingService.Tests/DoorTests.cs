using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.ML.OtdRouting.Tests.Fuzzing;
using Xunit.Abstractions;

namespace RoutingService.Tests;

/// <summary>What clients send is answered right, or with one problem whose fault is the client's; the service goes on as before.</summary>
[Collection(SharedRouter.Name)]
public sealed class DoorTests(SavedRouter saved, ITestOutputHelper output)
{
    private readonly Door _door = new(output);
    private readonly Random _random = new(31);

    [Fact]
    public async Task Images()
    {
        await using var service = await RunningService.StartAsync(saved, settings: ["--Upload:MaxPixels", "10000"]);
        byte[][] files = [Make(28, 28, ".png"), Make(60, 40, ".jpg"), Make(28, 28, ".webp"), await File.ReadAllBytesAsync(saved.Pictures[0].Path)];
        await _door.Run("service: images", 300, leastRefused: 150, leastAccepted: 20, async _ =>
        {
            using var response = await service.PostAsync(Mutation.Of(files[_random.Next(files.Length)], _random));
            Assert.Contains((await AnswerAsync<ImagePrediction>(response)).Class, FashionData.FashionPictures.ClassNames);
        }, e => e is Refused);
        await AssertSoundAsync(service);
    }

    [Fact]
    public async Task Forms()
    {
        await using var service = await RunningService.StartAsync(saved);
        var boundary = "----0123456789";
        byte[] form =
        [
            .. Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"),
            .. await File.ReadAllBytesAsync(saved.Pictures[0].Path),
            .. Encoding.ASCII.GetBytes($"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"b.png\"\r\n\r\nno image\r\n--{boundary}--\r\n"),
        ];
        await _door.Run("service: forms", 300, leastRefused: 150, leastAccepted: 10, async _ =>
        {
            using var content = new ByteArrayContent(Mutation.Of(form, _random));
            content.Headers.TryAddWithoutValidation("Content-Type", _random.Next(8) == 0 ? "multipart/form-data" : $"multipart/form-data; boundary={boundary}");
            using var response = await service.Http.PostAsync("/predict/batch", content);
            Assert.All(await AnswerAsync<BatchItem[]>(response), item => Assert.Equal(item.Prediction is null, item.Error is not null));
        }, e => e is Refused);
        await AssertSoundAsync(service);
    }

    [Fact]
    public async Task Budgets()
    {
        await using var service = await RunningService.StartAsync(saved);
        var body = """{ "fractionOfLargest": 0.55, "flops": null, "milliseconds": null }"""u8.ToArray();
        await _door.Run("service: budgets", 300, leastRefused: 150, leastAccepted: 10, async _ =>
        {
            using var content = new ByteArrayContent(Mutation.Of(body, _random));
            content.Headers.ContentType = new MediaTypeHeaderValue(_random.Next(8) == 0 ? "text/plain" : "application/json");
            using var response = await service.Http.PutAsync("/budget", content);
            Assert.InRange((await AnswerAsync<RouterState>(response)).Budget, 1, 1e9);
        }, e => e is Refused);
        await AssertSoundAsync(service);
    }

    /// <summary>The body of a good answer; throws <see cref="Refused"/> with that of one whose fault is the client's, and fails on all others.</summary>
    private static async Task<T> AnswerAsync<T>(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status is >= 400 and < 500
            ? throw new Refused((await RunningService.ProblemAsync(response, status)) is { } problem ? $"{status}: {problem.Title} {problem.Detail}" : "")
            : await RunningService.ReadAsync<T>(response);
    }

    private async Task AssertSoundAsync(RunningService service)
    {
        Assert.Contains((await service.PredictAsync(saved.Pictures[0])).Class, FashionData.FashionPictures.ClassNames);
        Assert.NotEmpty((await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Routes);
    }

    private byte[] Make(int width, int height, string extension) => RoutingService.Tests.Images.Make(saved, width, height, extension);

    private sealed class Refused(string message) : Exception(message);
}
