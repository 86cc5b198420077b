namespace RoutingService.Tests;

/// <summary>Images of several requests at a gate: what is scored together, what is refused, what is dropped.</summary>
[Collection(SharedRouter.Name)]
public class BatchingTests(SavedRouter saved)
{
    private readonly byte[] _image = Images.Make(saved, 28, 28);

    [Fact]
    public async Task Images_of_several_requests_are_scored_together()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held, "--Batching:MaxBatch", "5", "--Batching:MaxDelayMilliseconds", "1000");
        var expected = saved.Expected();
        var first = service.PredictAsync(saved.Pictures[0]);
        await held.ArrivedAsync();
        var others = Enumerable.Range(1, 5).Select(i => service.PredictAsync(saved.Pictures[i])).ToList();
        await service.UntilWaitingAsync(5);
        held.Open();
        var predictions = await Task.WhenAll([first, .. others]);
        Assert.Equal(expected.Take(6).Select(p => (p.Class, p.Route)), predictions.Select(p => (p.Class, p.Route)));
        Assert.Equal([1, 5], held.Batches);
    }

    [Fact]
    public async Task Batches_are_not_larger_than_allowed()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held, "--Batching:MaxBatch", "2");
        var first = service.PostAsync(_image);
        await held.ArrivedAsync();
        var others = Enumerable.Range(0, 5).Select(_ => service.PostAsync(_image)).ToList();
        await service.UntilWaitingAsync(5);
        held.Open();
        await Task.WhenAll([first, .. others]);
        Assert.Equal(6, held.Batches.Sum());
        Assert.All(held.Batches, count => Assert.InRange(count, 1, 2));
    }

    [Fact]
    public async Task What_is_no_image_does_not_meet_the_others()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held);
        var first = service.PostAsync(_image);
        await held.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);
        using var bad = await service.PostAsync([1, 2, 3]);
        await RunningService.ProblemAsync(bad, 400);
        held.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_batch_that_cannot_be_scored_is_the_service_s_fault_and_it_goes_on()
    {
        using var held = new HeldBatches { Fails = true };
        held.Open();
        await using var service = await RunningService.StartAsync(saved, held);
        using var broken = await service.PostAsync(_image);
        await RunningService.ProblemAsync(broken, 500);
        held.Fails = false;
        using var good = await service.PostAsync(_image);
        Assert.True(good.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_goes_on()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held, "--Batching:QueueCapacity", "2", "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await held.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);

        // Two do not fit any more; the one that did is not scored either.
        using var two = await service.PostManyAsync(("a.png", _image), ("b.png", _image));
        await RunningService.ProblemAsync(two, 503);
        Assert.Equal("1", two.Headers.RetryAfter?.ToString());
        Assert.InRange(await service.WaitingAsync(), 1, 2);

        held.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
        using var later = await service.PostAsync(_image);
        Assert.True(later.IsSuccessStatusCode);
        Assert.Equal([1, 1, 1], held.Batches);
    }

    [Fact]
    public async Task An_image_is_dropped_when_its_client_has_left()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held, "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await held.ArrivedAsync();
        using var leaving = new CancellationTokenSource();
        var left = service.PostAsync(_image, leaving.Token);
        await service.UntilWaitingAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await RunningService.UntilAsync(async () => await service.MetricAsync("""routing_requests_total{path="/predict",status="499"}""") == 1);
        var last = service.PostAsync(_image);
        held.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await last).IsSuccessStatusCode);
        Assert.Equal([1, 1], held.Batches);
    }

    [Fact]
    public async Task Who_waits_when_the_service_stops_gets_an_answer()
    {
        using var held = new HeldBatches();
        await using var service = await RunningService.StartAsync(saved, held, "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await held.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);
        var stopping = service.App.StopAsync();
        await RunningService.UntilAsync(() => Task.FromResult(service.App.Lifetime.ApplicationStopping.IsCancellationRequested));
        held.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => service.PostAsync(_image));
    }
}
