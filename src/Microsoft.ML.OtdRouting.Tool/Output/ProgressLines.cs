using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Shows work where there is no terminal: a plain line now and then, and one at the end of each of its two parts.</summary>
/// <param name="writer">Where the lines go; lines come from several threads.</param>
/// <param name="what">What is done.</param>
/// <param name="total">How many things to work on.</param>
/// <param name="things">What they are called.</param>
/// <param name="after">What is done after the last one, of which nobody knows how much there is; null when that is all.</param>
internal sealed class ProgressLines(TextWriter writer, string what, int total, string things, string? after) : IProgress<int>, IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(2);
    private Timer? _afterwards;

    public void Report(int value)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (value >= total && after is not null && _afterwards is null)
        {
            WriteTotal();
            _started = Stopwatch.GetTimestamp();
            _afterwards = new Timer(_ => Write($"{after}: {Stopwatch.GetElapsedTime(_started).TotalSeconds:F0} s so far"), null, _interval, _interval);
        }
        else if (_afterwards is null && elapsed >= _next)
        {
            _next = elapsed + _interval;
            double rate = value / elapsed.TotalSeconds;
            Write($"{what}: {value} of {total} {things} ({(double)value / total:P0}), {Rate(rate)} {things}/s, {Math.Ceiling((total - value) / rate):F0} s left");
        }
    }

    /// <summary>Says that the work is done.</summary>
    public void Finish()
    {
        if (_afterwards is null)
        {
            WriteTotal();
        }
        else
        {
            Dispose();
            Write($"{after}: {Stopwatch.GetElapsedTime(_started).TotalSeconds:F1} s");
        }
    }

    /// <summary>Says nothing any more.</summary>
    public void Dispose()
    {
        if (_afterwards is { } timer)
        {
            using ManualResetEvent silent = new(initialState: false);
            if (timer.Dispose(silent))
            {
                silent.WaitOne();
            }
        }
    }

    /// <summary>A rate in as many digits as say something.</summary>
    public static string Rate(double rate) => rate.ToString(rate < 10 ? "F1" : "F0", CultureInfo.InvariantCulture);

    private void WriteTotal() => Write($"{what}: {total} {things} in {Stopwatch.GetElapsedTime(_started).TotalSeconds:F1} s");

    private void Write(FormattableString line) => writer.WriteLine(FormattableString.Invariant(line));
}
