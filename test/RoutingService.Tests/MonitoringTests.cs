using System.Net.Http.Json;
using Microsoft.Extensions.Options;

namespace RoutingService.Tests;

/// <summary>Health, metrics, settings.</summary>
[Collection(SharedRouter.Name)]
public class MonitoringTests(SavedRouter saved)
{
    [Fact]
    public async Task Health_tells_budget_and_routes()
    {
        await using var service = await RunningService.StartAsync(saved);
        var state = await service.Http.GetFromJsonAsync<RouterState>("/health");
        Assert.Equal("Flops", state!.CostUnit);
        Assert.True(state.Routes.Count > 1);
        Assert.Equal(1, state.Routes.Sum(r => r.PlannedShare), 6);
        Assert.InRange(state.Budget, state.Routes[0].Cost, state.Routes[^1].Cost);
    }

    [Fact]
    public async Task Metrics_count_requests_images_routes_and_costs()
    {
        await using var service = await RunningService.StartAsync(saved);
        var cost = 0.0;
        for (var i = 0; i < 10; i++)
        {
            cost += (await service.PredictAsync(saved.Pictures[i])).Cost;
        }

        using var bad = await service.PostAsync([1, 2, 3]);
        using var unknown = await service.Http.GetAsync("/nowhere");
        Assert.Equal(404, (int)unknown.StatusCode);

        // A request is counted after its answer has left.
        await RunningService.UntilAsync(async () => await service.MetricAsync("""routing_requests_total{path="/predict",status="400"}""") == 1
            && await service.MetricAsync("""routing_requests_total{path="/predict",status="200"}""") == 10);
        Assert.Equal(10, await service.MetricAsync("routing_images_total"));
        Assert.Equal(10, await service.MetricAsync("routing_batches_total"));
        Assert.Equal(cost, await service.MetricAsync("""routing_cost_total{unit="flops"}"""));
        Assert.Equal(cost / 10, await service.MetricAsync("""routing_mean_cost{unit="flops"}"""));
        Assert.Equal((await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget, await service.MetricAsync("""routing_budget{unit="flops"}"""));
        Assert.Equal(0, await service.MetricAsync("routing_queue_length"));

        var lines = (await service.Http.GetStringAsync("/metrics")).Split('\n');
        Assert.Equal(10, lines.Where(l => l.StartsWith("routing_route_images_total", StringComparison.Ordinal)).Sum(l => int.Parse(l.Split(' ')[^1])));
        Assert.DoesNotContain(lines, l => l.Contains("nowhere"));
    }

    [Fact]
    public async Task Metrics_are_well_formed()
    {
        await using var service = await RunningService.StartAsync(saved);
        await service.PredictAsync(saved.Pictures[0]);
        await RunningService.UntilAsync(async () => await service.MetricAsync("routing_request_duration_seconds_count") > 0);
        using var response = await service.Http.GetAsync("/metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n", text);
        var family = "";
        var buckets = new List<double>();
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Matches("^# TYPE [a-z_]+ (counter|gauge|histogram)$", line);
                family = line.Split(' ')[2];
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                // Every sample follows the type of its family.
                Assert.Matches($$"""^{{family}}(_bucket|_sum|_count)?({[a-z]+="[^"]*"(,[a-z]+="[^"]*")*})? [0-9.E+-]+$""", line);
                if (line.Contains("_bucket"))
                {
                    buckets.Add(double.Parse(line.Split(' ')[^1]));
                }
            }
        }

        Assert.Equal(buckets.Order(), buckets);
        Assert.True(buckets[^1] > 0);
        Assert.Contains("le=\"+Inf\"", text);
    }

    [Fact]
    public async Task Images_unlike_those_of_the_fit_are_counted_as_drift_and_the_price_keeps_the_budget()
    {
        await using var service = await RunningService.StartAsync(
            saved, settings: ["--Router:KeepBudget", "true", "--Router:DriftAlarmRate", "0.01", "--Batching:MaxDelayMilliseconds", "0"]);
        Assert.Equal(0, await service.MetricAsync("""routing_drift_alarms_total{statistic="predictedloss"}"""));
        Assert.Equal(0, await service.MetricAsync("routing_cost_price"));
        // One colour and nothing else: no picture of clothes is like that.
        var flat = Images.Make(saved, 28, 28);
        for (var i = 0; i < 12; i++)
        {
            using var response = await service.PostManyAsync(Enumerable.Range(0, 50).Select(n => ($"{n}.png", flat)).ToArray());
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.Equal(1, await service.MetricAsync("""routing_drift_alarms_total{statistic="predictedloss"}"""));
        Assert.NotEqual(0, await service.MetricAsync("routing_cost_price"));
    }

    [Theory]
    [InlineData("--Batching:MaxBatch", "0", "MaxBatch")]
    [InlineData("--Router:ModelFile", "", "ModelFile")]
    [InlineData("--Upload:MaxPixels", "-1", "MaxPixels")]
    public async Task A_setting_out_of_range_is_named(string setting, string value, string name)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningService.StartAsync(saved, settings: [setting, value]));
        Assert.Contains(name, e.Message);
    }
}
