using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FashionData;

namespace RoutingService.Load;

/// <summary>Clients that send one picture after another, each waiting for its answer before it sends the next.</summary>
public sealed class LoadRun(HttpClient http, IReadOnlyList<FashionPicture> pictures)
{
    private readonly List<byte[]> _files = pictures.Select(p => File.ReadAllBytes(p.Path)).ToList();
    private int _next = -1;

    /// <summary>Runs for a while.</summary>
    public async Task<LoadResult> RunAsync(int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => ClientAsync(clock, duration, cancellationToken)));
        return new LoadResult(
            clock.Elapsed,
            results.SelectMany(r => r.Milliseconds).Order().ToArray(),
            results.Sum(r => r.Right),
            results.SelectMany(r => r.Errors).ToList());
    }

    private async Task<LoadResult> ClientAsync(Stopwatch clock, TimeSpan duration, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var milliseconds = new List<double>();
        var errors = new List<string>();
        var right = 0;
        while (clock.Elapsed < duration)
        {
            var picture = (int)((uint)Interlocked.Increment(ref _next) % _files.Count);
            using var content = new ByteArrayContent(_files[picture]) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
            var started = Stopwatch.GetTimestamp();
            try
            {
                using var response = await http.PostAsync("/predict", content, cancellationToken);
                response.EnsureSuccessStatusCode();
                var answer = await response.Content.ReadFromJsonAsync<Answer>(cancellationToken);
                right += answer!.Class == pictures[picture].Label ? 1 : 0;
                milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // The second is a request that took longer than the client waits.
                errors.Add(e.Message);
            }
        }

        return new LoadResult(clock.Elapsed, [.. milliseconds], right, errors);
    }

    private sealed record Answer(string Class, string Route);
}
