using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Quality;

/// <summary>Tells what the program is doing, with the seconds since it began.</summary>
internal static class Progress
{
    private static readonly Stopwatch Clock = Stopwatch.StartNew();

    public static void Write(string message) => Console.WriteLine($"[{Clock.Elapsed.TotalSeconds,6:F1}] {message}");
}
