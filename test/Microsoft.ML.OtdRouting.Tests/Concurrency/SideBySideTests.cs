using Microsoft.ML.OtdRouting.Concurrency;

namespace Microsoft.ML.OtdRouting.Tests.Concurrency;

public class SideBySideTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(1000, 1)]
    [InlineData(1000, 4)]
    [InlineData(3, 64)]
    public void Every_piece_is_done_once(int count, int degree)
    {
        var done = new int[count];
        SideBySide.Run(count, degree, i => Interlocked.Increment(ref done[i]), default);
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void No_more_threads_than_asked_for()
    {
        var (now, most) = (0, 0);
        SideBySide.Run(200, 3, _ =>
        {
            var running = Interlocked.Increment(ref now);
            lock (this)
            {
                most = Math.Max(most, running);
            }

            Thread.SpinWait(1000);
            Interlocked.Decrement(ref now);
        }, default);
        Assert.InRange(most, 1, 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_error_is_thrown_when_nobody_works_any_more(int degree)
    {
        var (working, begun) = (0, 0);
        var error = Assert.Throws<InvalidDataException>(() => SideBySide.Run(10_000, degree, i =>
        {
            Interlocked.Increment(ref working);
            Interlocked.Increment(ref begun);
            try
            {
                if (i == 5)
                {
                    throw new InvalidDataException("five");
                }
            }
            finally
            {
                Interlocked.Decrement(ref working);
            }
        }, default));
        Assert.Equal(("five", 0), (error.Message, working));
        Assert.InRange(begun, 6, 10_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Cancellation_stops_between_pieces(int degree)
    {
        using var stop = new CancellationTokenSource();
        var done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => SideBySide.Run(100_000, degree, i =>
        {
            Interlocked.Increment(ref done);
            if (i == 10)
            {
                stop.Cancel();
            }
        }, stop.Token));
        Assert.InRange(done, 1, 99_999);
    }
}
