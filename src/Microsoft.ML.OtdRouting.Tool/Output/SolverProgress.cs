using System.Diagnostics;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>
/// Tells how a long solve gets on: one line that is written over on a terminal, a plain line now and then elsewhere. Short work says nothing.
/// </summary>
internal sealed class SolverProgress(ToolConsole console) : IProgress<TransportProgress>, IDisposable
{
    private static readonly TimeSpan _terminalInterval = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(5);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next = TimeSpan.FromSeconds(1);
    private int _width;

    public void Report(TransportProgress value)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + (console.HasTerminal ? _terminalInterval : _plainInterval);
        string line = FormattableString.Invariant(
            $"Solving for {elapsed.TotalSeconds:F0} s: iteration {value.Iteration}, marginal error {value.MarginalError:G3}, epsilon {value.Epsilon:G3}");
        if (console.HasTerminal)
        {
            console.Overwrite(line.PadRight(_width));
            _width = line.Length;
        }
        else
        {
            console.Warn($"{line}");
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width > 0)
        {
            console.Overwrite(new string(' ', _width));
            console.Overwrite("");
        }
    }
}
