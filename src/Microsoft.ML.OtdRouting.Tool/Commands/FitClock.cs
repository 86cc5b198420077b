using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>Takes the time of the phases of a fit, from how many images have been read.</summary>
/// <param name="total">Number of images.</param>
/// <param name="inner">Is told as well.</param>
internal sealed class FitClock(int total, IProgress<int> inner) : IProgress<int>
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _first;
    private long _last;
    private long _fitted;

    public void Report(int value)
    {
        _first = _first == 0 ? Stopwatch.GetTimestamp() : _first;
        _last = value == total ? Stopwatch.GetTimestamp() : _last;
        inner.Report(value);
    }

    /// <summary>Marks the end of the fit.</summary>
    public void Fitted() => _fitted = Stopwatch.GetTimestamp();

    /// <summary>Seconds until the models are open (and measured), all images are scored, the policy is fitted, and it is saved: now.</summary>
    public JsonObject Seconds()
    {
        long now = Stopwatch.GetTimestamp();
        return new JsonObject
        {
            ["models"] = Between(_started, _first),
            ["images"] = Between(_first, _last),
            ["policy"] = Between(_last, _fitted),
            ["save"] = Between(_fitted, now),
            ["total"] = Between(_started, now),
        };
    }

    private static double Between(long start, long end) => Stopwatch.GetElapsedTime(start, end).TotalSeconds;
}
