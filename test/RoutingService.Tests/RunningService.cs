using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FashionData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace RoutingService.Tests;

/// <summary>The service on a free port, with a client.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    public const string Key = "the key of the tests";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private RunningService(WebApplication app)
    {
        App = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = Patience };
        // A body that is too long is refused ahead of it; else the refusal and a connection that is closed would race.
        Http.DefaultRequestHeaders.ExpectContinue = true;
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public WebApplication App { get; }

    public HttpClient Http { get; }

    public CurrentRouter Current => App.Services.GetRequiredService<CurrentRouter>();

    /// <summary>Starts the service.</summary>
    public static async Task<RunningService> StartAsync(SavedRouter saved, HeldBatches? held = null, params string[] settings)
    {
        string[] common =
        [
            "--urls", "http://127.0.0.1:0", "--Router:ModelFile", saved.ModelFile, "--Logging:LogLevel:Default", "None",
            "--Budget:Key", Key, "--Budget:StateFile", saved.InFolder($"{Guid.NewGuid():N}.json"),
        ];
        var app = await RoutingApplication.CreateAsync([.. common, .. settings]);
        held?.Watch(app.Services.GetRequiredService<CurrentRouter>());
        await app.StartAsync();
        return new RunningService(app);
    }

    /// <summary>Waits for something that the service does by itself.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    public Task UntilWaitingAsync(int images) => UntilAsync(async () => await WaitingAsync() == images);

    /// <summary>Images that wait.</summary>
    public async Task<int> WaitingAsync()
    {
        await using var lease = Current.Rent();
        return lease.Gate.Waiting;
    }

    public Task<HttpResponseMessage> PostAsync(byte[] image, CancellationToken cancellationToken = default) =>
        Http.PostAsync("/predict", new ByteArrayContent(image), cancellationToken);

    public async Task<ImagePrediction> PredictAsync(FashionPicture picture)
    {
        using var response = await PostAsync(await File.ReadAllBytesAsync(picture.Path));
        return await ReadAsync<ImagePrediction>(response);
    }

    public Task<HttpResponseMessage> PostManyAsync(params (string Name, byte[] Image)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, image) in files)
        {
            form.Add(new ByteArrayContent(image) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } }, "files", name);
        }

        return Http.PostAsync("/predict/batch", form);
    }

    /// <summary>The body of an answer that must be a good one.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<T>())!;
    }

    /// <summary>The problem in an answer that must have this status.</summary>
    public static async Task<ProblemDetails> ProblemAsync(HttpResponseMessage response, int status)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = (await response.Content.ReadFromJsonAsync<ProblemDetails>())!;
        Assert.Equal(status, problem.Status);
        return problem;
    }

    /// <summary>The value of a line of <c>/metrics</c>; 0 where there is none.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var line = (await Http.GetStringAsync("/metrics")).Split('\n').SingleOrDefault(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }
}
