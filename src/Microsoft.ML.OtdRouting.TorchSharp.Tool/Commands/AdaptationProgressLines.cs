using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Training.Tool.Commands;

/// <summary>Shows an adaptation: one line that changes on a terminal, a line now and then elsewhere.</summary>
/// <param name="console">Where to.</param>
/// <param name="largest">Name of the model's own size.</param>
internal sealed class AdaptationProgressLines(ToolConsole console, string largest) : IProgress<AdaptationProgress>
{
    private readonly TimeSpan _interval = console.HasTerminal ? TimeSpan.FromSeconds(0.2) : TimeSpan.FromSeconds(5);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(console.HasTerminal ? 0 : 2);
    private int _width;

    /// <inheritdoc/>
    public void Report(AdaptationProgress value)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + _interval;
        string line = Line(value);
        if (console.HasTerminal)
        {
            _width = Math.Max(_width, line.Length);
            console.Overwrite(line.PadRight(_width));
        }
        else
        {
            console.Warn($"{line}");
        }
    }

    /// <summary>Clears the line.</summary>
    public void Finish()
    {
        if (_width > 0)
        {
            console.Overwrite(new string(' ', _width) + "\r");
        }
    }

    private string Line(AdaptationProgress value)
    {
        if (value.Size is null)
        {
            return string.Create(CultureInfo.InvariantCulture, $"Reading images, and what {largest} says of them: {value.Done}, {ProgressLines.Rate(value.ImagesPerSecond)} images/s");
        }

        string heldBack = value.HeldBack is { } quality
            ? string.Create(CultureInfo.InvariantCulture, $", on images kept back {quality.Loss:F3} and {quality.Agreement:P1} as at {largest}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Size}: {(double)value.Done / value.Total:P0}, loss {value.Loss:F3}{heldBack}, {ProgressLines.Rate(value.ImagesPerSecond)} images/s, {value.TimeLeft:hh\\:mm\\:ss} left");
    }
}
