using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tests.Gates;

/// <summary>Streams of images through a gate.</summary>
public sealed class GateStreamTests(GateRouter fixture) : IClassFixture<GateRouter>
{
    private IReadOnlyList<string> Files => fixture.Files;

    [Fact]
    public async Task Streams_keep_their_order_whatever_shares_their_batches()
    {
        await using var gate = fixture.Router.CreateGate(new GateOptions { MaxBatch = 16, Capacity = 8 });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(async () =>
        {
            var rows = Enumerable.Range(0, 200).Select(i => ((n * 13) + i) % Files.Count).ToList();
            var images = rows.Take(n % 6 < 4 ? 0 : rows.Count).Select(row => MLImage.CreateFromFile(Files[row])).ToList();
            var stream = (n % 6) switch
            {
                0 => gate.RouteAsync(rows.Select(row => Files[row])),
                1 => gate.RouteAsync(Async(rows.Select(row => Files[row]))),
                2 => gate.RouteAsync(rows.Select(row => (ReadOnlyMemory<byte>)fixture.Bytes[row])),
                3 => gate.RouteAsync(Async(rows.Select(row => (ReadOnlyMemory<byte>)fixture.Bytes[row]))),
                4 => gate.RouteAsync(images),
                _ => gate.RouteAsync(Async(images)),
            };
            var i = 0;
            await foreach (var routed in stream)
            {
                fixture.AssertExpected(rows[i++], routed);
            }

            Assert.Equal(rows.Count, i);
            images.ForEach(image => image.Dispose());
        })));
        Assert.Equal(0, gate.Waiting);
        Assert.InRange(gate.Buffers, 1, 8);
    }

    [Fact]
    public async Task A_stream_is_read_no_further_than_there_is_room()
    {
        await using var held = new HeldGate(fixture.Router, new GateOptions { MaxBatch = 1, Capacity = 4 });
        var first = await held.HoldAsync(Files[0]);
        var read = 0;
        IEnumerable<string> Endless()
        {
            while (true)
            {
                yield return Files[Interlocked.Increment(ref read) % Files.Count];
            }
        }

        using var leaving = new CancellationTokenSource();
        await using var stream = held.Gate.RouteAsync(Endless(), leaving.Token).GetAsyncEnumerator();
        var next = stream.MoveNextAsync().AsTask();
        // The gate is full, and one image more was read than it has room for.
        await HeldGate.UntilAsync(() => held.Gate.Waiting == 4 && Volatile.Read(ref read) == 5);
        held.Open();
        Assert.True(await next);
        // With a consumer that takes no more, answers do not pile up either: those that have been taken, those that wait to be, and one that waits for room.
        await HeldGate.UntilAsync(() => held.Gate.Waiting == 0 && Volatile.Read(ref read) >= 6);
        Assert.InRange(Volatile.Read(ref read), 6, 1 + held.Gate.Capacity + held.Gate.MaxBatch + 1);
        await leaving.CancelAsync();
        await first;
    }

    [Fact]
    public async Task A_stream_that_is_left_or_cancelled_reads_nothing_more()
    {
        await using var gate = fixture.Router.CreateGate(new GateOptions { Capacity = 4 });
        var (read, closed) = (0, 0);
        async IAsyncEnumerable<string> Endless([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            try
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await Task.Yield();
                    yield return Files[Interlocked.Increment(ref read) % Files.Count];
                }
            }
            finally
            {
                closed++;
            }
        }

        var taken = 0;
        await foreach (var _ in gate.RouteAsync(Endless()))
        {
            if (++taken == 10)
            {
                break;
            }
        }

        var end = Volatile.Read(ref read);
        Assert.Equal(1, closed);
        using var leaving = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            Assert.Equal(end, Volatile.Read(ref read));
            await foreach (var _ in gate.RouteAsync(Endless(), leaving.Token))
            {
                await leaving.CancelAsync();
            }
        });
        Assert.Equal(2, closed);
    }

    [Fact]
    public async Task What_fails_ends_the_stream_in_its_place()
    {
        await using var gate = fixture.Router.CreateGate();
        await AssertEndsAsync<FileNotFoundException>(gate.RouteAsync([.. Files.Take(5), "missing.png", .. Files.Skip(5)]), 5);
        IEnumerable<string> Breaking()
        {
            foreach (var file in Files.Take(7))
            {
                yield return file;
            }

            throw new TimeoutException();
        }

        await AssertEndsAsync<TimeoutException>(gate.RouteAsync(Breaking()), 7);
        await AssertEndsAsync<ArgumentException>(gate.RouteAsync([Files[0], ""]), 1);
        await gate.DisposeAsync();
        await AssertEndsAsync<ObjectDisposedException>(gate.RouteAsync(Files), 0);
    }

    [Fact]
    public async Task A_router_that_skips_keeps_failed_images_in_their_place()
    {
        using var router = fixture.Router.WithRowFailure(RowFailureAction.Skip);
        await using var gate = router.CreateGate();
        var found = new List<RoutedImage>();
        await foreach (var image in gate.RouteAsync([Files[0], "missing.png", Files[1]]))
        {
            found.Add(image);
        }

        fixture.AssertExpected(0, found[0]);
        Assert.Contains("missing.png", found[1].Problem);
        fixture.AssertExpected(1, found[2]);
        Assert.Equal(1, router.FailedRows);
    }

    private async Task AssertEndsAsync<T>(IAsyncEnumerable<RoutedImage> stream, int answers)
        where T : Exception
    {
        var count = 0;
        await Assert.ThrowsAnyAsync<T>(async () =>
        {
            await foreach (var routed in stream)
            {
                fixture.AssertExpected(count++, routed);
            }
        });
        Assert.Equal(answers, count);
    }

    private static async IAsyncEnumerable<T> Async<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }
}
