using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Training.Tool.Commands;

/// <summary>Shows a training: a line after every epoch, and between them one that changes on a terminal.</summary>
/// <param name="console">Where to.</param>
internal sealed class TrainingProgressLines(ToolConsole console) : IProgress<TrainingProgress>
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next;
    private int _told;
    private int _width;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.LastEpoch is { } epoch && epoch.Epoch != _told)
        {
            _told = epoch.Epoch;
            Finish();
            console.Warn($"{Line(epoch, value)}");
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (!console.HasTerminal || elapsed < _next)
        {
            return;
        }

        _next = elapsed + TimeSpan.FromSeconds(0.2);
        string line = value.Epoch == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Reading images: {value.Done}, {ProgressLines.Rate(value.ImagesPerSecond)} a second")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Epoch {value.Epoch} of {value.Epochs}: {(double)value.Done / value.Total:P0}, loss {value.Loss:F3}, {ProgressLines.Rate(value.ImagesPerSecond)} images/s, {value.TimeLeft:hh\\:mm\\:ss} left");
        _width = Math.Max(_width, line.Length);
        console.Overwrite(line.PadRight(_width));
    }

    /// <summary>Clears the line.</summary>
    public void Finish()
    {
        if (_width > 0)
        {
            console.Overwrite(new string(' ', _width) + "\r");
        }
    }

    private static string Line(TrainedEpoch epoch, TrainingProgress value)
    {
        string accuracy = epoch.HeldBackAccuracy.Count == 0
            ? ""
            : $", kept back {string.Join(" / ", epoch.HeldBackAccuracy.Select(a => a.ToString("P1", CultureInfo.InvariantCulture)))}";
        string plan = epoch.PlanShares.Count == 0
            ? ""
            : $", plan {string.Join(" / ", epoch.PlanShares.Select(s => s.ToString("P0", CultureInfo.InvariantCulture)))}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {epoch.Epoch} of {value.Epochs}: loss {epoch.Loss:F3}{accuracy}{plan}; {ProgressLines.Rate(value.ImagesPerSecond)} images/s{(value.TimeLeft is { } left ? $", {left:hh\\:mm\\:ss} left" : "")}");
    }
}
