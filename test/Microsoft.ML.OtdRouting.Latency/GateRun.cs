using System.Diagnostics;
using FashionData;

namespace Microsoft.ML.OtdRouting.Latency;

/// <summary>Concurrent callers of a gate, each of which sends its next image when it has the answer to the last one.</summary>
/// <param name="Callers">How many.</param>
/// <param name="Batches">Batches that were routed.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Milliseconds">What every image took, ascending.</param>
internal sealed record GateRun(int Callers, int Batches, double Seconds, double[] Milliseconds)
{
    public double Median => At(0.5);

    /// <summary>The slowest in a hundred, by the median.</summary>
    public double Ratio => At(0.99) / Median;

    /// <summary>Sends images until the time is over. The first second is not counted.</summary>
    public static async Task<GateRun> RunAsync(RoutingGate gate, IReadOnlyList<FashionPicture> pictures, int callers, double seconds)
    {
        await RunCountedAsync(gate, pictures, callers, 1);
        return await RunCountedAsync(gate, pictures, callers, seconds);
    }

    /// <summary>A row of a table.</summary>
    public override string ToString() =>
        $"| {Callers} | {Milliseconds.Length / Seconds:F0} | {(double)Milliseconds.Length / Batches:F1} | {Median:F1} | {At(0.95):F1} | {At(0.99):F1} | {Milliseconds[^1]:F1} | {Ratio:F2} |";

    private static async Task<GateRun> RunCountedAsync(RoutingGate gate, IReadOnlyList<FashionPicture> pictures, int callers, double seconds)
    {
        var batches = 0;
        void Count(object? sender, GateBatchEventArgs batch) => batches++;
        gate.BatchRouted += Count;
        var begun = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var own = new List<double>();
            for (var i = caller; Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds; i += callers)
            {
                var sent = Stopwatch.GetTimestamp();
                await gate.RouteAsync(pictures[i % pictures.Count].Path);
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return own;
        })));
        gate.BatchRouted -= Count;
        return new GateRun(callers, batches, Stopwatch.GetElapsedTime(begun).TotalSeconds, [.. times.SelectMany(t => t).Order()]);
    }

    private double At(double part) => Milliseconds[(int)(part * (Milliseconds.Length - 1))];
}
