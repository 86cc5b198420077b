using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>The Cholesky factor of a symmetric positive definite matrix: <c>A = L·Lᵀ</c>.</summary>
internal sealed class CholeskyFactor
{
    private readonly double[] _lower;
    private readonly double[] _upper;
    private readonly int _size;

    /// <summary>Factors a matrix, of which the lower triangle is read.</summary>
    /// <exception cref="ArithmeticException">The matrix is not positive definite.</exception>
    public CholeskyFactor(ReadOnlySpan<double> matrix, int size)
    {
        _size = size;
        _lower = matrix.ToArray();
        for (var row = 0; row < size; row++)
        {
            var current = _lower.AsSpan(row * size, size);
            for (var column = 0; column < row; column++)
            {
                var other = _lower.AsSpan(column * size, size);
                current[column] = (current[column] - TensorPrimitives.Dot<double>(current[..column], other[..column])) / other[column];
            }

            var pivot = current[row] - TensorPrimitives.Dot<double>(current[..row], current[..row]);
            if (!(pivot > 0))
            {
                throw new ArithmeticException($"The matrix is not positive definite: pivot {row} is {pivot:G3}.");
            }

            current[row] = Math.Sqrt(pivot);
        }

        _upper = new double[size * size];
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                _upper[(column * size) + row] = _lower[(row * size) + column];
            }
        }
    }

    /// <summary>Solves <c>A·x = b</c> in place.</summary>
    public void Solve(Span<double> vector)
    {
        for (var i = 0; i < _size; i++)
        {
            var row = _lower.AsSpan(i * _size, _size);
            vector[i] = (vector[i] - TensorPrimitives.Dot<double>(row[..i], vector[..i])) / row[i];
        }

        for (var i = _size - 1; i >= 0; i--)
        {
            var row = _upper.AsSpan(i * _size, _size);
            vector[i] = (vector[i] - TensorPrimitives.Dot<double>(row[(i + 1)..], vector[(i + 1)..])) / row[i];
        }
    }
}
