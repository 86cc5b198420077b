using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Keeps the times of the phases of some work.</summary>
internal sealed class PhaseClock
{
    private readonly List<Phase> _phases = [];

    /// <summary>The phases so far.</summary>
    public IReadOnlyList<Phase> Phases => _phases;

    /// <summary>Does a part of the work.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="images">Images that are worked on.</param>
    /// <param name="work">The work.</param>
    public T Measure<T>(string name, int? images, Func<T> work)
    {
        long started = Stopwatch.GetTimestamp();
        T result = work();
        Add(name, images, Stopwatch.GetElapsedTime(started));
        return result;
    }

    /// <summary>Adds a time that someone else measured.</summary>
    public void Add(string name, int? images, TimeSpan elapsed) => _phases.Add(new Phase(name, elapsed.TotalSeconds, images));
}
