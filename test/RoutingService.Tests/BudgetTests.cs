using System.Net.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;

namespace RoutingService.Tests;

/// <summary>Budgets that change while the service runs.</summary>
[Collection(SharedRouter.Name)]
public class BudgetTests(SavedRouter saved)
{
    [Fact]
    public async Task A_new_budget_gives_the_router_of_that_budget()
    {
        await using var service = await RunningService.StartAsync(saved);
        var before = await service.Http.GetFromJsonAsync<RouterState>("/health");
        using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = 0.8 });
        var after = await RunningService.ReadAsync<RouterState>(response);
        Assert.Equal(2, after.Budget / before!.Budget, 9);
        Assert.Equal(after.Budget, (await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget);

        var expected = saved.Expected(ComputeBudget.FractionOfLargest(0.8));
        Assert.NotEqual(saved.Expected().Select(p => p.Route), expected.Select(p => p.Route));
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Route, (await service.PredictAsync(saved.Pictures[i])).Route);
        }
    }

    [Fact]
    public async Task Budgets_change_while_requests_run()
    {
        await using var service = await RunningService.StartAsync(saved);
        using var done = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var answers = 0;
            for (var i = 0; !done.IsCancellationRequested; i = (i + 1) % saved.Pictures.Count)
            {
                Assert.NotEmpty((await service.PredictAsync(saved.Pictures[i])).Class);
                answers++;
            }

            return answers;
        })).ToList();

        for (var change = 0; change < 20; change++)
        {
            using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = change % 2 == 0 ? 0.3 : 0.9 });
            Assert.True(response.IsSuccessStatusCode);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(clients), answers => Assert.True(answers > 0));
        Assert.Equal(
            saved.Expected(ComputeBudget.FractionOfLargest(0.9)).Select(p => p.Route).First(),
            (await service.PredictAsync(saved.Pictures[0])).Route);
    }

    [Theory]
    [InlineData("""{ "fractionOfLargest": 0.01 }""", "feasible is from")]
    [InlineData("""{ "fractionOfLargest": -1 }""", "positive")]
    [InlineData("""{ "milliseconds": 1 }""", "Flops")]
    [InlineData("""{ "flops": 1e7, "fractionOfLargest": 0.5 }""", "exactly one")]
    [InlineData("{ }", "exactly one")]
    [InlineData("""{ "flops": "many" }""", null)]
    [InlineData("nonsense", null)]
    public async Task A_bad_budget_changes_nothing(string body, string? message)
    {
        await using var service = await RunningService.StartAsync(saved);
        var before = await service.Http.GetFromJsonAsync<RouterState>("/health");
        using var response = await service.Http.PutAsync("/budget", new StringContent(body, null, "application/json"));
        var problem = await RunningService.ProblemAsync(response, 400);
        Assert.Contains(message ?? "", problem.Detail ?? "");
        Assert.Equal(before!.Budget, (await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("another key", 401)]
    [InlineData(RunningService.Key, 200)]
    public async Task Only_the_key_changes_the_budget(string? key, int status)
    {
        await using var service = await RunningService.StartAsync(saved);
        var before = await service.Http.GetFromJsonAsync<RouterState>("/health");
        service.Http.DefaultRequestHeaders.Authorization = null;
        if (key is not null)
        {
            service.Http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = 0.8 });
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200, before!.Budget != (await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget);
    }

    [Fact]
    public async Task Without_a_key_and_a_port_nobody_changes_the_budget()
    {
        await using var service = await RunningService.StartAsync(saved, settings: ["--Budget:Key", ""]);
        using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = 0.8 });
        await RunningService.ProblemAsync(response, 404);
    }

    [Fact]
    public async Task A_port_of_its_own_is_that_of_the_connection()
    {
        // The port of the service is not known before it listens; whatever it is, it is not this one.
        await using var service = await RunningService.StartAsync(saved, settings: ["--Budget:Port", "1"]);
        service.Http.DefaultRequestHeaders.Host = "127.0.0.1:1";
        using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = 0.8 });
        await RunningService.ProblemAsync(response, 404);
    }

    [Fact]
    public async Task The_chosen_budget_survives_a_restart()
    {
        string[] state = ["--Budget:StateFile", saved.InFolder("chosen.json")];
        RouterState chosen;
        await using (var service = await RunningService.StartAsync(saved, settings: state))
        {
            using var response = await service.Http.PutAsJsonAsync("/budget", new { fractionOfLargest = 0.7 });
            chosen = await RunningService.ReadAsync<RouterState>(response);
        }

        await using (var service = await RunningService.StartAsync(saved, settings: state))
        {
            Assert.Equal(chosen.Budget, (await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget);
        }

        foreach (var damaged in new[] { "nonsense", "null", "{}", """{ "FractionOfLargest": 1e9 }""" })
        {
            await File.WriteAllTextAsync(state[1], damaged);
            await using var service = await RunningService.StartAsync(saved, settings: state);
            Assert.NotEqual(chosen.Budget, (await service.Http.GetFromJsonAsync<RouterState>("/health"))!.Budget);
        }
    }

    [Fact]
    public async Task A_replaced_router_and_its_gate_live_as_long_as_somebody_uses_them()
    {
        var ml = new MLContext(seed: 1);
        var router = ml.OtdRouting().Load(saved.ModelFile, out _).OfType<OtdRoutingTransformer>().Single();
        var current = new CurrentRouter(router, Options.Create(new BatchingSettings()), Options.Create(new UploadSettings()));
        var old = current.Rent();
        await current.SetBudgetAsync(ComputeBudget.FractionOfLargest(0.9));
        await using (var lease = current.Rent())
        {
            Assert.NotSame(router, lease.Router);
            Assert.NotNull((await lease.Gate.RouteAsync(saved.Pictures[0].Path)).Route);
        }

        Assert.NotNull((await old.Gate.RouteAsync(saved.Pictures[0].Path)).Route);
        await current.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => current.Rent());
        using (var other = router.WithBudget(ComputeBudget.FractionOfLargest(0.3)))
        {
            Assert.NotEmpty(other.Routes);
        }

        var gate = old.Gate;
        await old.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => gate.RouteAsync(saved.Pictures[0].Path));
        Assert.Throws<ObjectDisposedException>(() => router.WithBudget(ComputeBudget.FractionOfLargest(0.3)));
    }
}
