using BenchmarkDotNet.Attributes;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Benchmarks.Transport;

/// <summary>Exact assignment of a look-ahead window with integer capacities.</summary>
[MemoryDiagnoser]
public class WindowBenchmarks
{
    private readonly ExactTransportSolver _solver = new() { Threads = 1 };
    private LossTable _losses = null!;
    private int[] _capacities = null!;

    [Params(64, 512, 4096)]
    public int Rows { get; set; }

    [Params(4, 8, 32)]
    public int Routes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _losses = UniformProblem.Create(Rows, Routes).Losses;
        _capacities = new int[Routes];
        for (int i = 0; i < Rows; i++)
        {
            _capacities[Math.Min(i * 7 % Routes, i * 13 % Routes)]++;
        }
    }

    [Benchmark]
    public int[] Assign() => _solver.Assign(_losses, _capacities);
}
