using System.Globalization;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Sends mutations through a door and counts what becomes of them.</summary>
internal sealed class Door(ITestOutputHelper output)
{
    /// <summary>For all mutations of a door together: a hundred times what they take, so that only what hangs is found.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>How many times the usual number of mutations are tried: from the environment, for long runs by hand.</summary>
    private static readonly int Times = int.Parse(Environment.GetEnvironmentVariable("OTD_MUTATION_TIMES") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>What one mutation may allocate, in bytes.</summary>
    private const long MostBytes = 300L << 20;

    /// <summary>Runs the attempts; each must be right or end in one promised error that says something.</summary>
    public async Task Run(string door, int count, Action<int> attempt, Func<Exception, bool> isPromised)
    {
        var refused = 0;
        count *= Times;
        var work = Task.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var error = Record.Exception(() => attempt(i));
                Assert.True(error is null || isPromised(error), $"{door}, mutation {i}: {error}");
                Assert.True(error is null || error.Message.Length > 10, $"{door}, mutation {i}: '{error?.Message}' says nothing.");
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
                refused += error is null ? 0 : 1;
            }
        });
        await work.WaitAsync(Times * Patience);
        output.WriteLine($"{door}: {count} mutations, {refused} refused, {count - refused} accepted.");
        Assert.InRange(refused, count / 10, count - 1);
    }
}
