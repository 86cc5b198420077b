using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Shows work where there is no terminal: a plain line now and then, and one at the end.</summary>
/// <param name="writer">Where the lines go.</param>
/// <param name="what">What is done.</param>
/// <param name="total">How many things to work on.</param>
/// <param name="things">What they are called.</param>
internal sealed class ProgressLines(TextWriter writer, string what, int total, string things) : IProgress<int>
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(2);

    public void Report(int value)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + _interval;
        double rate = value / elapsed.TotalSeconds;
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {value} of {total} {things} ({(double)value / total:P0}), {Rate(rate)} {things}/s, {Math.Ceiling((total - value) / rate):F0} s left"));
    }

    /// <summary>Says that the work is done.</summary>
    public void Finish()
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {total} {things} in {seconds:F1} s"));
    }

    /// <summary>A rate in as many digits as say something.</summary>
    public static string Rate(double rate) => rate.ToString(rate < 10 ? "F1" : "F0", CultureInfo.InvariantCulture);
}
