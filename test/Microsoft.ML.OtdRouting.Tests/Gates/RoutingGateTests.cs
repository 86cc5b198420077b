using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Gates;

/// <summary>Gates: batches across callers, room, cancellation, images that fail, and the end.</summary>
public sealed class RoutingGateTests(GateRouter fixture) : IClassFixture<GateRouter>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private IReadOnlyList<string> Files => fixture.Files;

    [Fact]
    public async Task A_thousand_callers_get_the_answers_of_the_cursor_each_its_own()
    {
        const int Callers = 1000;
        await using var gate = fixture.Router.CreateGate(new GateOptions { Capacity = 64 });
        var images = 0;
        var answered = 0;
        gate.BatchRouted += (_, batch) =>
        {
            Assert.InRange(batch.Count, 1, gate.MaxBatch);
            (images, answered) = (images + batch.Count, answered + batch.Answered.Count);
        };
        // Each caller sends three images one after another, and three at once; by paths, bytes and pixels.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            int Row(int i) => ((caller * 7) + i) % Files.Count;
            for (var i = 0; i < 3; i++)
            {
                fixture.AssertExpected(Row(i), await gate.RouteAsync(Files[Row(i)]));
            }

            using var image = MLImage.CreateFromFile(Files[Row(3)]);
            var several = await Task.WhenAll(gate.RouteAsync(image), gate.RouteAsync(fixture.Bytes[Row(4)]), gate.RouteAsync(Files[Row(5)]));
            for (var i = 0; i < 3; i++)
            {
                fixture.AssertExpected(Row(3 + i), several[i]);
            }
        })));
        Assert.Equal((6 * Callers, 6 * Callers, 0), (images, answered, gate.Waiting));
        Assert.InRange(gate.Buffers, 1, 64);
        Assert.True(fixture.Expected.Routes.Distinct().Count() > 1);
    }

    [Fact]
    public async Task A_batch_closes_when_it_is_full()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 4, MaxDelay = Minute });
        held.Open();
        var routed = await Task.WhenAll(Files.Take(8).Select(file => held.Gate.RouteAsync(file)));
        Assert.Equal([4, 4], held.Batches);
        for (var i = 0; i < routed.Length; i++)
        {
            fixture.AssertExpected(i, routed[i]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(20)]
    public async Task A_batch_that_is_not_full_closes_all_the_same(double milliseconds)
    {
        await using var gate = fixture.Router.CreateGate(new GateOptions { MaxBatch = 64, MaxDelay = TimeSpan.FromMilliseconds(milliseconds) });
        fixture.AssertExpected(0, await gate.RouteAsync(Files[0]));
        fixture.AssertExpected(1, await gate.RouteAsync(Files[1]));
    }

    [Fact]
    public async Task What_waits_while_a_batch_is_routed_goes_together()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 8, MaxDelay = TimeSpan.Zero });
        var first = await held.HoldAsync(Files[0]);
        var others = Files.Skip(1).Take(13).Select(file => held.Gate.RouteAsync(file)).ToList();
        // Decoded as well: room is taken before.
        await HeldGate.UntilAsync(() => held.Gate.Waiting == 13 && held.Gate.Buffers >= 13);
        held.Open();
        await Task.WhenAll([first, .. others]);
        Assert.Equal(14, held.Batches.Sum());
        Assert.All(held.Batches, count => Assert.InRange(count, 1, 8));
    }

    [Fact]
    public async Task A_full_gate_lets_callers_wait_or_refuses_them()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 1, Capacity = 3 });
        var first = await held.HoldAsync(Files[0]);
        var others = Files.Skip(1).Take(40).Select(file => held.Gate.RouteAsync(file)).ToList();
        Assert.Equal(3, held.Gate.Waiting);
        Assert.False(held.Gate.TryRoute(Files[0], out var refused));
        Assert.Null(refused);
        Assert.False(held.Gate.TryRoute(fixture.Bytes[0], out _));
        held.Open();
        var routed = await Task.WhenAll([first, .. others]);
        for (var i = 0; i < routed.Length; i++)
        {
            fixture.AssertExpected(i, routed[i]);
        }

        // Forty callers have never had room for more images than three.
        Assert.InRange(held.Gate.Buffers, 1, 3);
        Assert.True(held.Gate.TryRoute(Files[5], out var later));
        fixture.AssertExpected(5, await later);
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_any_more_is_dropped_wherever_the_image_is()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 1, Capacity = 2 });
        var first = await held.HoldAsync(Files[0]);
        using var leaving = new CancellationTokenSource();
        Assert.True(held.Gate.TryRoute(Files[1], out var inQueue, leaving.Token));
        var last = held.Gate.RouteAsync(Files[2]);
        var forRoom = held.Gate.RouteAsync(Files[3], leaving.Token);
        Assert.Equal(2, held.Gate.Waiting);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inQueue);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => forRoom);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held.Gate.RouteAsync(Files[3], leaving.Token));
        held.Open();
        fixture.AssertExpected(0, await first);
        fixture.AssertExpected(2, await last);
        await held.Gate.DisposeAsync();
        Assert.Equal([1, 1], held.Batches);
        Assert.Equal(0, held.Gate.Waiting);
    }

    [Fact]
    public async Task An_image_that_cannot_be_read_fails_its_own_caller_alone()
    {
        await using var gate = fixture.Router.CreateGate(new GateOptions { Decoding = new ImageDecodingOptions { MaxPixels = 400 } });
        var good = Files.Take(20).Select(file => gate.RouteAsync(file)).ToList();
        Assert.Contains("no image in a format", (await Assert.ThrowsAsync<InvalidDataException>(() => gate.RouteAsync(new byte[] { 1, 2, 3 }))).Message);
        Assert.Contains("allowed are at most 400", (await Assert.ThrowsAsync<InvalidDataException>(
            () => gate.RouteAsync(ImageFiles.Noise(21, 20, SkiaSharp.SKEncodedImageFormat.Png)))).Message);
        await Assert.ThrowsAsync<FileNotFoundException>(() => gate.RouteAsync("missing.png"));
        using var grey = MLImage.CreateFromPixels(2, 2, MLPixelFormat.Bgra32, new byte[16]);
        grey.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => gate.RouteAsync(grey));
        Assert.Throws<ArgumentException>(() => { _ = gate.RouteAsync(" "); });
        Assert.Throws<ArgumentNullException>(() => { _ = gate.RouteAsync((MLImage)null!); });
        var routed = await Task.WhenAll(good);
        for (var i = 0; i < routed.Length; i++)
        {
            fixture.AssertExpected(i, routed[i]);
        }

        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task An_image_on_which_a_model_fails_fails_its_own_caller_alone()
    {
        using var router = fixture.WithTrippingModel();
        var failed = router.FailedRows;
        await using var gate = router.CreateGate(new GateOptions { MaxBatch = 8, MaxDelay = Minute });
        var bright = ColourPictures.ToImage([.. Enumerable.Repeat(250f, 3 * 16 * 16)], 16, 16);
        var (broken, good) = (gate.RouteAsync(bright), Files.Take(7).Select(file => gate.RouteAsync(file)).ToList());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => broken);
        Assert.StartsWith("The image: ", error.Message);
        Assert.Contains("tripping", error.Message);
        Assert.All(await Task.WhenAll(good), image => Assert.NotNull(image.Route));
        Assert.Equal(failed, router.FailedRows);

        using var skipping = router.WithRowFailure(RowFailureAction.Skip);
        await using var lenient = skipping.CreateGate();
        var missing = await lenient.RouteAsync(bright);
        Assert.Null(missing.Route);
        Assert.Null(missing.Prediction);
        Assert.Contains("tripping", missing.Problem);
        Assert.All([.. missing.Answer, .. missing.RouteScores, (float)missing.Cost], value => Assert.True(float.IsNaN(value)));
        Assert.Contains("no image in a format", (await lenient.RouteAsync(new byte[] { 1, 2, 3 })).Problem);
        Assert.Equal(2, skipping.FailedRows);
    }

    [Fact]
    public async Task What_a_handler_throws_goes_to_the_callers_of_the_batch_and_the_gate_goes_on()
    {
        await using var gate = fixture.Router.CreateGate();
        void Throw(object? sender, GateBatchEventArgs batch) => throw new NotSupportedException("handler");
        gate.BatchRouted += Throw;
        await Assert.ThrowsAsync<NotSupportedException>(() => gate.RouteAsync(Files[0]));
        gate.BatchRouted -= Throw;
        fixture.AssertExpected(0, await gate.RouteAsync(Files[0]));
    }

    [Fact]
    public async Task A_gate_that_is_disposed_answers_who_has_come_and_nobody_else()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 2, Capacity = 2 });
        var first = await held.HoldAsync(Files[0]);
        // Two have room, three wait for it.
        var others = Files.Skip(1).Take(5).Select(file => held.Gate.RouteAsync(file)).ToList();
        var disposing = held.Gate.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => held.Gate.RouteAsync(Files[0]));
        Assert.Throws<ObjectDisposedException>(() => held.Gate.TryRoute(Files[0], out _));
        Assert.False(disposing.IsCompleted);
        held.Open();
        await disposing;
        var routed = await Task.WhenAll([first, .. others]);
        for (var i = 0; i < routed.Length; i++)
        {
            fixture.AssertExpected(i, routed[i]);
        }

        await held.Gate.DisposeAsync();
    }

    [Fact]
    public async Task A_gate_outlives_its_router_and_a_disposed_router_makes_none()
    {
        var router = fixture.Router.WithRowFailure(RowFailureAction.Fail);
        await using var gate = router.CreateGate();
        router.Dispose();
        fixture.AssertExpected(3, await gate.RouteAsync(Files[3]));
        // The sessions live on in the fixture's router; one that has its own makes no gate without them.
        var own = fixture.WithTrippingModel();
        own.Dispose();
        Assert.Throws<ObjectDisposedException>(() => own.CreateGate());
    }

    [Fact]
    public async Task Another_budget_has_a_gate_of_its_own()
    {
        using var cheap = fixture.Router.WithBudget(ComputeBudget.FractionOfLargest(0.3));
        await using var gate = cheap.CreateGate();
        await using var old = fixture.Router.CreateGate();
        var routed = await Task.WhenAll(Files.Select(file => gate.RouteAsync(file)));
        var before = await Task.WhenAll(Files.Select(file => old.RouteAsync(file)));
        Assert.True(routed.Average(i => i.Cost) < before.Average(i => i.Cost));
        Assert.All(routed, image => Assert.Contains(image.Route, cheap.Routes));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Assert.Contains("MaxBatch is 0", Assert.Throws<ArgumentOutOfRangeException>(() => new GateOptions { MaxBatch = 0 }).Message);
        Assert.Contains("Capacity is 0", Assert.Throws<ArgumentOutOfRangeException>(() => new GateOptions { Capacity = 0 }).Message);
        foreach (var delay in new[] { TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan, Minute + TimeSpan.FromTicks(1) })
        {
            Assert.Contains("MaxDelay is", Assert.Throws<ArgumentOutOfRangeException>(() => new GateOptions { MaxDelay = delay }).Message);
        }

        Assert.Contains("MaxBatch is", Assert.Throws<ArgumentOutOfRangeException>(
            () => fixture.Router.CreateGate(new GateOptions { MaxBatch = int.MaxValue })).Message);
    }
}
