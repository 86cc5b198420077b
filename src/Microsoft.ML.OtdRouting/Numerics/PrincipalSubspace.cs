using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// The subspace in which rows of numbers vary most, by subspace iteration (Halko, Martinsson and Tropp 2011, "Finding structure with randomness"),
/// begun with rows of the data instead of random ones. Deterministic, whatever the number of threads.
/// </summary>
internal static class PrincipalSubspace
{
    private const int Iterations = 4;

    /// <summary>Directions that are multiplied with a row while it is in the cache.</summary>
    private const int DirectionsAtOnce = 8;

    /// <summary>Gives the numbers of a row.</summary>
    public delegate ReadOnlySpan<float> Rows(int row);

    /// <summary>Orthonormal directions that span nearly the subspace of largest variance.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="length">Numbers of a row.</param>
    /// <param name="valuesOf">The numbers of a row, about their mean.</param>
    /// <param name="count">Directions wanted; fewer come back where rows span fewer.</param>
    /// <param name="cancellationToken">Stops the iteration.</param>
    /// <returns>Directions × <paramref name="length"/>, row-major.</returns>
    public static float[] Of(int rows, int length, Rows valuesOf, int count, CancellationToken cancellationToken)
    {
        count = Math.Min(count, Math.Min(rows, length));
        var directions = new float[count * length];
        for (var j = 0; j < count; j++)
        {
            valuesOf((int)((long)j * rows / count)).CopyTo(directions.AsSpan(j * length, length));
        }

        directions = Orthonormalise(directions, length);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            directions = Orthonormalise(Multiply(directions, rows, length, valuesOf), length);
        }

        return directions;
    }

    /// <summary>The covariance of the rows times every direction, up to a factor.</summary>
    private static float[] Multiply(float[] directions, int rows, int length, Rows valuesOf)
    {
        var count = directions.Length / length;
        var product = new float[directions.Length];
        Parallel.For(0, (count + DirectionsAtOnce - 1) / DirectionsAtOnce, group =>
        {
            for (var row = 0; row < rows; row++)
            {
                var values = valuesOf(row);
                for (var j = group * DirectionsAtOnce; j < Math.Min(count, (group + 1) * DirectionsAtOnce); j++)
                {
                    var along = TensorPrimitives.Dot(values, directions.AsSpan(j * length, length));
                    var target = product.AsSpan(j * length, length);
                    TensorPrimitives.MultiplyAdd(values, along, target, target);
                }
            }
        });
        return product;
    }

    /// <summary>Gram–Schmidt, twice for each direction; those that hardly leave the span of the earlier ones go.</summary>
    private static float[] Orthonormalise(float[] directions, int length)
    {
        const float LeastPart = 1e-4f;
        var kept = 0;
        for (var j = 0; j < directions.Length / length; j++)
        {
            var direction = directions.AsSpan(j * length, length);
            var before = TensorPrimitives.Norm<float>(direction);
            for (var pass = 0; pass < 2; pass++)
            {
                for (var i = 0; i < kept; i++)
                {
                    var other = directions.AsSpan(i * length, length);
                    TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<float>(direction, other), direction, direction);
                }
            }

            var norm = TensorPrimitives.Norm<float>(direction);
            if (norm > LeastPart * before)
            {
                TensorPrimitives.Divide(direction, norm, directions.AsSpan(kept++ * length, length));
            }
        }

        return directions[..(kept * length)];
    }
}
