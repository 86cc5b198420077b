using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>
/// Kingma and Ba 2015, "Adam", on parameters in one buffer, with the usual rates of the means (0.9 and 0.999). TorchSharp's own makes its numbers in the way that
/// <see cref="TensorArithmetic"/> is there to avoid.
/// </summary>
/// <param name="parameters">The parameters; their momenta are the means of the gradients.</param>
internal sealed class AdamSteps(FlatParameters parameters) : IDisposable
{
    private const double First = 0.9;
    private const double Second = 0.999;
    private const double Smallest = 1e-8;

    private readonly Tensor _squares = zeros_like(parameters.Values).DetachFromDisposeScope();
    private int _steps;

    /// <summary>A step along the gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">What is added to the gradient, as a part of the parameters.</param>
    public void Step(double rate, double decay = 0)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _steps++;
        var gradients = parameters.Gradients;
        gradients.Add(parameters.Values, decay);
        parameters.Momenta.Multiply(First);
        parameters.Momenta.Add(gradients, 1 - First);
        _squares.Multiply(Second);
        _squares.Add(gradients.mul(gradients), 1 - Second);
        var deviation = _squares.Times(1 / (1 - Math.Pow(Second, _steps))).sqrt().Plus(Smallest);
        parameters.Values.Add(parameters.Momenta.div(deviation), -rate / (1 - Math.Pow(First, _steps)));
    }

    public void Dispose() => _squares.Dispose();
}
