using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Memory;

/// <summary>
/// What a process holds after every tenth of its rows. A sample is taken after a collection that compacts all generations and gives free memory back to the system
/// (<see cref="GCCollectionMode.Aggressive"/>), with finalizers run: what is left is what somebody holds, and what native allocators keep.
/// </summary>
internal sealed class Samples(string what)
{
    private const double Megabyte = 1 << 20;

    private readonly List<(long Rows, double WorkingSet, double Managed, double Committed, long Allocated, int Handles, int Threads)> _samples = [];

    /// <summary>Growth of the working set from the first sample to the last, in MiB.</summary>
    public double Growth => _samples[^1].WorkingSet - _samples[0].WorkingSet;

    /// <summary>The same of what somebody holds or native libraries keep: without the memory that the garbage collector keeps free, which goes up and down.</summary>
    public double GrowthInUse => InUse(_samples.Count - 1) - InUse(0);

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
            rows, process.WorkingSet64 / Megabyte, GC.GetTotalMemory(forceFullCollection: false) / Megabyte,
            GC.GetGCMemoryInfo().TotalCommittedBytes / Megabyte, GC.GetTotalAllocatedBytes(),
            process.HandleCount, process.Threads.Count));
    }

    private double InUse(int sample) => _samples[sample].WorkingSet - (_samples[sample].Committed - _samples[sample].Managed);

    /// <summary>The samples as a table.</summary>
    public void Print()
    {
        Console.WriteLine($"| {what}: rows | working set, MiB | without free managed, MiB | managed: held, MiB | committed, MiB | allocated a row since, bytes | open files | threads |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (var i = 0; i < _samples.Count; i++)
        {
            var s = _samples[i];
            var since = i == 0 ? "" : $"{(s.Allocated - _samples[i - 1].Allocated) / (s.Rows - _samples[i - 1].Rows)}";
            Console.WriteLine($"| {s.Rows} | {s.WorkingSet:F2} | {InUse(i):F2} | {s.Managed:F2} | {s.Committed:F2} | {since} | {s.Handles} | {s.Threads} |");
        }

        Console.WriteLine();
    }
}
