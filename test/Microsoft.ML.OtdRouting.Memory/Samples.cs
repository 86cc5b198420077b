using System.Diagnostics;

namespace MeasureMemory;

/// <summary>
/// What a process holds after every tenth of its rows. A sample is taken after a collection that compacts all generations and gives free memory back to the system
/// (<see cref="GCCollectionMode.Aggressive"/>), with finalizers run: what is left is what somebody holds, and what native allocators keep.
/// </summary>
internal sealed class Samples(string what)
{
    private const double Megabyte = 1 << 20;

    private readonly List<(long Rows, double WorkingSet, double Managed, long Allocated, int Handles, int Threads)> _samples = [];

    /// <summary>Growth of the working set from the first sample to the last, in MiB.</summary>
    public double Growth => _samples[^1].WorkingSet - _samples[0].WorkingSet;

    /// <summary>Takes a sample.</summary>
    /// <param name="rows">Rows that have been scored.</param>
    public void Take(long rows)
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        _samples.Add((
            rows, process.WorkingSet64 / Megabyte, GC.GetTotalMemory(forceFullCollection: false) / Megabyte, GC.GetTotalAllocatedBytes(),
            process.HandleCount, process.Threads.Count));
    }

    /// <summary>The samples as a table.</summary>
    public void Print()
    {
        Console.WriteLine($"| {what}: rows | working set, MiB | managed heap, MiB | allocated a row since, bytes | open files | threads |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        for (var i = 0; i < _samples.Count; i++)
        {
            var s = _samples[i];
            var since = i == 0 ? "" : $"{(s.Allocated - _samples[i - 1].Allocated) / (s.Rows - _samples[i - 1].Rows)}";
            Console.WriteLine($"| {s.Rows} | {s.WorkingSet:F2} | {s.Managed:F2} | {since} | {s.Handles} | {s.Threads} |");
        }

        Console.WriteLine();
    }
}
