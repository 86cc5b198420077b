using FashionData;
using RoutingService;

namespace Microsoft.ML.OtdRouting.Memory;

/// <summary>Images through the service of the examples, in this process, over HTTP.</summary>
internal static class ServiceRun
{
    /// <summary>Requests at the same time.</summary>
    private const int Clients = 8;

    /// <summary>Sends images and takes a sample after every tenth of them, when all answers are there.</summary>
    /// <param name="modelFile">The saved router.</param>
    /// <param name="rows">How many images, one a request.</param>
    public static async Task<Samples> RunAsync(string modelFile, int rows)
    {
        await using var app = RoutingApplication.Create(
            ["--urls", "http://127.0.0.1:0", "--Router:ModelFile", modelFile, "--Logging:LogLevel:Default", "Warning", "--Budget:StateFile", modelFile + ".json"]);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var bodies = FashionPictures.Test().Select(p => File.ReadAllBytes(p.Path)).ToList();
        var samples = new Samples("service");
        for (var tenth = 0; tenth < 10; tenth++)
        {
            var next = tenth * (rows / 10);
            var end = next + (rows / 10);
            next--;
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
            {
                for (var row = Interlocked.Increment(ref next); row < end; row = Interlocked.Increment(ref next))
                {
                    using var response = await http.PostAsync("/predict", new ByteArrayContent(bodies[row % bodies.Count]));
                    response.EnsureSuccessStatusCode();
                }
            }));
            samples.Take(end);
        }

        return samples;
    }
}
