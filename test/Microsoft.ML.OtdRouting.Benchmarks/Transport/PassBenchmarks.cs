using BenchmarkDotNet.Attributes;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Benchmarks.Transport;

/// <summary>One pass over the table on one thread (shares and Hessian) against the scalar loop it replaces.</summary>
public class PassBenchmarks
{
    private const double _epsilon = 0.05;
    private readonly SoftAssignmentSums _sums = new(8);
    private readonly double[] _potentials = new double[8];
    private TransportProblem _problem = null!;
    private SoftAssignmentPass _pass = null!;

    [GlobalSetup]
    public void Setup()
    {
        _problem = UniformProblem.Create(100_000, 8);
        _pass = new SoftAssignmentPass(_problem, 1);
    }

    [GlobalCleanup]
    public void Cleanup() => _pass.Dispose();

    [Benchmark]
    public double Vectorised()
    {
        _pass.Run(_potentials, _epsilon, 0, 1, true, _sums, CancellationToken.None);
        return _sums.LogSum;
    }

    [Benchmark(Baseline = true)]
    public double Scalar()
    {
        double[] row = new double[8], shares = new double[8], outer = new double[64];
        double logSum = 0;
        for (int i = 0; i < _problem.Losses.Rows; i++)
        {
            _problem.Losses.CopyRow(i, row);
            double top = double.NegativeInfinity, sum = 0;
            for (int k = 0; k < 8; k++)
            {
                row[k] = (_potentials[k] - row[k]) / _epsilon;
                top = Math.Max(top, row[k]);
            }

            for (int k = 0; k < 8; k++)
            {
                row[k] = Math.Exp(row[k] - top);
                sum += row[k];
            }

            logSum += top + Math.Log(sum);
            for (int k = 0; k < 8; k++)
            {
                row[k] /= sum;
                shares[k] += row[k];
                for (int j = 0; j <= k; j++)
                {
                    outer[(k * 8) + j] += row[k] * row[j];
                }
            }
        }

        return logSum + shares[0] + outer[0];
    }
}
