using Microsoft.ML.OtdRouting.Concurrency;

namespace Microsoft.ML.OtdRouting.Tests.Concurrency;

public class ReadAheadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Buffers_come_in_turns_and_in_their_order(int count)
    {
        var made = 0;
        using var reader = Reader(box => ++made <= count && box.Set(made));
        var seen = new List<(string Name, int Value)>();
        while (reader.Next() is { } box)
        {
            seen.Add((box.Name, box.Value));
        }

        Assert.Equal(Enumerable.Range(1, count).Select(i => (i % 2 == 1 ? "first" : "second", i)), seen);
        Assert.Null(reader.Next());
    }

    [Fact]
    public void Nothing_is_filled_before_it_is_asked_for_and_no_more_than_one_ahead()
    {
        var filled = 0;
        using var second = new ManualResetEventSlim();
        using var reader = Reader(box =>
        {
            if (Interlocked.Increment(ref filled) == 2)
            {
                second.Set();
            }

            return true;
        });
        Assert.Equal(0, filled);
        Assert.NotNull(reader.Next());
        second.Wait();
        Assert.Equal(2, Volatile.Read(ref filled));
    }

    [Fact]
    public void An_error_comes_when_its_buffer_is_asked_for_and_ends_it()
    {
        var made = 0;
        using var reader = Reader(box => ++made < 3 ? box.Set(made) : throw new InvalidDataException("third"));
        Assert.Equal(1, reader.Next()!.Value);
        Assert.Equal(2, reader.Next()!.Value);
        Assert.Equal("third", Assert.Throws<InvalidDataException>(() => reader.Next()).Message);
        Assert.Null(reader.Next());
        Assert.Equal(3, made);
    }

    [Fact]
    public void Disposing_stops_what_is_being_filled()
    {
        var (fills, stopped) = (0, false);
        var reader = new ReadAhead<Box>(new Box("first"), new Box("second"), (_, stop) =>
        {
            if (Interlocked.Increment(ref fills) == 2)
            {
                stop.WaitHandle.WaitOne();
                stopped = true;
                stop.ThrowIfCancellationRequested();
            }

            return true;
        });
        Assert.NotNull(reader.Next());
        reader.Dispose();
        Assert.True(fills < 2 || stopped);
    }

    [Fact]
    public void One_buffer_is_filled_by_the_consumer()
    {
        var thread = Environment.CurrentManagedThreadId;
        var only = new Box("only");
        using var reader = new ReadAhead<Box>(only, only, (_, _) => Environment.CurrentManagedThreadId == thread);
        Assert.NotNull(reader.Next());
        Assert.NotNull(reader.Next());
    }

    private static ReadAhead<Box> Reader(Func<Box, bool> fill) => new(new Box("first"), new Box("second"), (box, _) => fill(box));

    private sealed class Box(string name)
    {
        public string Name => name;

        public int Value { get; private set; }

        public bool Set(int value)
        {
            Value = value;
            return true;
        }
    }
}
