using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>How strongly a <see cref="LogPool"/> is held to a plain weighted pool.</summary>
/// <param name="Bias">Penalty on the bias; infinite for no bias.</param>
/// <param name="Mixing">Penalty on the matrices; infinite for no matrices.</param>
internal readonly record struct PoolPenalty(double Bias, double Mixing)
{
    /// <summary>Penalties to choose from, the strongest first.</summary>
    public static IReadOnlyList<PoolPenalty> Candidates { get; } =
    [
        new(double.PositiveInfinity, double.PositiveInfinity),
        new(30, double.PositiveInfinity),
        new(3, double.PositiveInfinity),
        new(3, 300),
        new(1, 100),
        new(1, 30),
    ];

    public bool HasBias => double.IsFinite(Bias);

    public bool HasMixing => double.IsFinite(Mixing);

    /// <summary>Adds the slope of <c>strength·‖parameters‖²</c> to a gradient.</summary>
    /// <returns>The penalty.</returns>
    public static double Of(ReadOnlySpan<double> parameters, Span<double> gradient, double strength)
    {
        if (parameters.IsEmpty)
        {
            return 0;
        }

        TensorPrimitives.MultiplyAdd(parameters, 2 * strength, gradient, gradient);
        return strength * TensorPrimitives.SumOfSquares(parameters);
    }

    /// <summary>
    /// Holds the weights of a pool to equal ones, <c>‖v − 1/m‖²/n</c>: without it they grow without bound where the classes can be told apart without
    /// error.
    /// </summary>
    /// <returns>The penalty; its slope is added to the gradient.</returns>
    public static double OfWeights(ReadOnlySpan<double> weights, Span<double> gradient, int rows)
    {
        var sum = 0.0;
        for (var m = 0; m < weights.Length; m++)
        {
            var excess = weights[m] - (1.0 / weights.Length);
            sum += 1.0 / rows * excess * excess;
            gradient[m] += 2.0 / rows * excess;
        }

        return sum;
    }
}
