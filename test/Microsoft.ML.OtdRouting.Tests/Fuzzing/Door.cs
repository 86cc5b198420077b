using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>
/// Sends inputs through a door and counts what becomes of them. Memory is that of the process, native libraries included, so a door has the process for itself: its
/// tests are in a collection that runs alone (<see cref="Doors"/>).
/// </summary>
internal sealed class Door(ITestOutputHelper output)
{
    /// <summary>For all inputs of a door together: a hundred times what they take, so that only what hangs is found.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>How many times the usual number of mutations are tried: from the environment, for long runs by hand.</summary>
    private static readonly int Times = int.Parse(Environment.GetEnvironmentVariable("OTD_MUTATION_TIMES") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>What one input may allocate, and by how much it may raise the most memory that the process has had, in bytes.</summary>
    private const long MostBytes = 300L << 20;

    /// <summary>Runs the attempts; each must be right or end in one promised error that says something.</summary>
    /// <param name="door">Its name.</param>
    /// <param name="count">How many inputs.</param>
    /// <param name="leastRefused">How many of them are refused, at least.</param>
    /// <param name="leastAccepted">How many of them are accepted, at least.</param>
    /// <param name="attempt">Sends an input through the door, and asserts what holds if it is accepted. Throws the door's error if not.</param>
    /// <param name="isPromised">Whether an error is one of those that the door promises.</param>
    public Task Run(string door, int count, int leastRefused, int leastAccepted, Action<int> attempt, Func<Exception, bool> isPromised) =>
        Run(door, count, leastRefused, leastAccepted, i =>
        {
            attempt(i);
            return Task.CompletedTask;
        }, isPromised);

    /// <inheritdoc cref="Run(string, int, int, int, Action{int}, Func{Exception, bool})"/>
    public async Task Run(string door, int count, int leastRefused, int leastAccepted, Func<int, Task> attempt, Func<Exception, bool> isPromised)
    {
        var (refused, mostAllocated, peak) = (0, 0L, PeakOfProcess());
        var (first, slowest) = (peak, TimeSpan.Zero);
        var work = Task.Run(async () =>
        {
            for (var i = 0; i < Times * count; i++)
            {
                var (before, started) = (GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
                var error = await Record.ExceptionAsync(() => attempt(i));
                Assert.True(error is null || isPromised(error), $"{door}, input {i}: {error}");
                Assert.True(error is null || error.Message.Length > 10, $"{door}, input {i}: '{error?.Message}' says nothing.");
                var (allocated, now) = (GC.GetTotalAllocatedBytes() - before, PeakOfProcess());
                Assert.True(allocated <= MostBytes, $"{door}, input {i}: {allocated} bytes were allocated.");
                Assert.True(now - peak <= MostBytes, $"{door}, input {i}: the memory of the process rose by {now - peak} bytes to {now}.");
                refused += error is null ? 0 : 1;
                (mostAllocated, peak) = (Math.Max(mostAllocated, allocated), now);
                slowest = Stopwatch.GetElapsedTime(started) is var time && time > slowest ? time : slowest;
            }
        });
        await work.WaitAsync(Times * Patience);
        Report(output, door, Times * count, refused);
        output.WriteLine(
            $"  An input allocates {mostAllocated / 1e6:F1} MB at most and takes {slowest.TotalSeconds:F2} s at most; the process has had {peak / 1e6:F0} MB, " +
            $"{(peak - first) / 1e6:F0} MB more than before.");
        Assert.InRange(refused, Times * leastRefused, Times * (count - leastAccepted));
    }

    /// <summary>Says what became of the inputs of a door, in the words that <c>build/test.sh</c> sums up.</summary>
    public static void Report(ITestOutputHelper output, string door, int inputs, int refused) =>
        output.WriteLine($"Door '{door}': {inputs} inputs, {refused} refused, {inputs - refused} accepted.");

    private static long PeakOfProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
