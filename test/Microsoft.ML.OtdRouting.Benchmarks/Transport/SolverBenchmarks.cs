using BenchmarkDotNet.Attributes;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Benchmarks.Transport;

/// <summary>Whole solves; Sinkhorn with the same vectorised pass is the reference for Newton.</summary>
[MemoryDiagnoser]
public class SolverBenchmarks
{
    private TransportProblem _problem = null!;

    [Params(10_000, 100_000, 1_000_000)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup() => _problem = UniformProblem.Create(Rows, 8);

    [Benchmark]
    [Arguments(0.05)]
    [Arguments(0.005)]
    public double Newton(double epsilon) => new SemiDualNewtonSolver { Epsilon = epsilon }.Solve(_problem).Value;

    [Benchmark(Baseline = true)]
    [Arguments(0.05)]
    public double Sinkhorn(double epsilon) => new SinkhornSolver { Epsilon = epsilon }.Solve(_problem).Value;

    [Benchmark]
    public double Exact() => new ExactTransportSolver().Solve(_problem).Value;
}
