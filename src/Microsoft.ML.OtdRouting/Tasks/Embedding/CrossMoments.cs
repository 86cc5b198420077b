using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Weighted sums over rows that a ridge regression of vectors y on vectors x is solved from. They add up over sets of rows.</summary>
internal sealed class CrossMoments(int inputs, int outputs)
{
    private readonly double[] _gram = new double[inputs * inputs];
    private readonly double[] _cross = new double[outputs * inputs];
    private readonly double[] _inputSum = new double[inputs];
    private readonly double[] _outputSum = new double[outputs];
    private double _weight;

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double weight)
    {
        _weight += weight;
        TensorPrimitives.MultiplyAdd(x, weight, _inputSum, _inputSum);
        TensorPrimitives.MultiplyAdd(y, weight, _outputSum, _outputSum);
        for (var i = 0; i < inputs; i++)
        {
            // The lower triangle is all that a factor reads.
            var gram = _gram.AsSpan(i * inputs, i + 1);
            TensorPrimitives.MultiplyAdd(x[..(i + 1)], weight * x[i], gram, gram);
        }

        for (var j = 0; j < outputs; j++)
        {
            var cross = _cross.AsSpan(j * inputs, inputs);
            TensorPrimitives.MultiplyAdd(x, weight * y[j], cross, cross);
        }
    }

    /// <summary>The moments of all rows of several.</summary>
    public static CrossMoments Sum(IEnumerable<CrossMoments> parts)
    {
        CrossMoments? sum = null;
        foreach (var part in parts)
        {
            sum ??= new CrossMoments(part._inputSum.Length, part._outputSum.Length);
            sum._weight += part._weight;
            TensorPrimitives.Add(sum._gram, part._gram, sum._gram);
            TensorPrimitives.Add(sum._cross, part._cross, sum._cross);
            TensorPrimitives.Add(sum._inputSum, part._inputSum, sum._inputSum);
            TensorPrimitives.Add(sum._outputSum, part._outputSum, sum._outputSum);
        }

        return sum!;
    }

    /// <summary>The regression <c>y ≈ A·x + b</c> with a penalty on A, of zeros where x or y do not vary.</summary>
    /// <param name="penalty">The penalty, as a multiple of the mean variance of a number of x.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A, outputs × inputs, and b.</returns>
    public (float[] Matrix, float[] Offset) Solve(double penalty, CancellationToken cancellationToken)
    {
        var matrix = new float[outputs * inputs];
        var offset = new float[outputs];
        if (!(_weight > 0))
        {
            return (matrix, offset);
        }

        var centred = _gram.ToArray();
        var trace = 0.0;
        for (var i = 0; i < inputs; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                centred[(i * inputs) + j] -= _inputSum[i] * _inputSum[j] / _weight;
            }

            trace += centred[(i * inputs) + i];
        }

        // Inputs that do not vary at all have nothing to say; any penalty leaves A at zero then.
        var ridge = trace > 0 ? penalty * trace / inputs : 1;
        for (var i = 0; i < inputs; i++)
        {
            centred[(i * inputs) + i] += ridge;
        }

        var factor = new CholeskyFactor(centred, inputs);
        Parallel.For(
            0,
            outputs,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => new double[inputs],
            (j, _, solution) =>
            {
                for (var i = 0; i < inputs; i++)
                {
                    solution[i] = _cross[(j * inputs) + i] - (_inputSum[i] * _outputSum[j] / _weight);
                }

                factor.Solve(solution);
                TensorPrimitives.ConvertTruncating<double, float>(solution, matrix.AsSpan(j * inputs, inputs));
                offset[j] = (float)((_outputSum[j] - TensorPrimitives.Dot<double>(solution, _inputSum)) / _weight);
                return solution;
            },
            _ => { });
        return (matrix, offset);
    }
}
