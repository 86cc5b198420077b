namespace RoutingService.Tests;

/// <summary>Images of several requests at a gate: what is scored together, what is refused, what is dropped.</summary>
[Collection(SharedRouter.Name)]
public class BatchingTests(SavedRouter saved)
{
    private readonly byte[] _image = Images.Make(saved, 28, 28);

    [Fact]
    public async Task Images_of_several_requests_are_scored_together()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer);
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var others = Enumerable.Range(30, 5).Select(width => service.PostAsync(Images.Make(saved, width, 28))).ToList();
        await service.UntilWaitingAsync(5);
        scorer.Open();

        Assert.Equal("width 28", (await RunningService.ReadAsync<ImagePrediction>(await first)).Class);
        for (var i = 0; i < others.Count; i++)
        {
            Assert.Equal($"width {30 + i}", (await RunningService.ReadAsync<ImagePrediction>(await others[i])).Class);
        }

        Assert.Equal([1, 5], scorer.Batches);
    }

    [Fact]
    public async Task Batches_are_not_larger_than_allowed()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer, "--Batching:MaxBatch", "2");
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var others = Enumerable.Range(0, 5).Select(_ => service.PostAsync(_image)).ToList();
        await service.UntilWaitingAsync(5);
        scorer.Open();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([1, 2, 2, 1], scorer.Batches);
    }

    [Fact]
    public async Task What_is_no_image_does_not_meet_the_others()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer);
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);
        using var bad = await service.PostAsync([1, 2, 3]);
        await RunningService.ProblemAsync(bad, 400);
        scorer.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
    }

    [Fact]
    public async Task An_image_that_cannot_be_scored_does_not_take_the_others_with_it()
    {
        using var scorer = new GatedScorer { BrokenWidth = 13 };
        await using var service = await RunningService.StartAsync(saved, scorer);
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var good = service.PostAsync(_image);
        var broken = service.PostAsync(Images.Make(saved, 13, 28));
        await service.UntilWaitingAsync(2);
        scorer.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await good).IsSuccessStatusCode);
        await RunningService.ProblemAsync(await broken, 500);
        Assert.Equal([1, 2, 1, 1], scorer.Batches);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_goes_on()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer, "--Batching:QueueCapacity", "2", "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);

        // Two do not fit any more; the one that did is not scored either.
        using var two = await service.PostManyAsync(("a.png", _image), ("b.png", _image));
        await RunningService.ProblemAsync(two, 503);
        Assert.Equal(2, service.Batcher.QueueLength);
        using var third = await service.PostAsync(_image);
        await RunningService.ProblemAsync(third, 503);
        Assert.Equal("1", third.Headers.RetryAfter?.ToString());

        scorer.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
        using var later = await service.PostAsync(_image);
        Assert.True(later.IsSuccessStatusCode);
        Assert.Equal([1, 1, 1], scorer.Batches);
    }

    [Fact]
    public async Task An_image_is_dropped_when_its_client_has_left()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer, "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        using var leaving = new CancellationTokenSource();
        var left = service.PostAsync(_image, leaving.Token);
        await service.UntilWaitingAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await RunningService.UntilAsync(async () => await service.MetricAsync("""routing_requests_total{path="/predict",status="499"}""") == 1);
        var last = service.PostAsync(_image);
        await service.UntilWaitingAsync(2);
        scorer.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await last).IsSuccessStatusCode);
        Assert.Equal([1, 1], scorer.Batches);
    }

    [Fact]
    public async Task Who_waits_when_the_service_stops_gets_an_answer()
    {
        using var scorer = new GatedScorer();
        await using var service = await RunningService.StartAsync(saved, scorer, "--Batching:MaxBatch", "1");
        var first = service.PostAsync(_image);
        await scorer.ArrivedAsync();
        var second = service.PostAsync(_image);
        await service.UntilWaitingAsync(1);
        var stopping = service.App.StopAsync();
        await RunningService.UntilAsync(() => Task.FromResult(service.App.Lifetime.ApplicationStopping.IsCancellationRequested));
        scorer.Open();
        Assert.True((await first).IsSuccessStatusCode);
        Assert.True((await second).IsSuccessStatusCode);
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => service.PostAsync(_image));
    }
}
