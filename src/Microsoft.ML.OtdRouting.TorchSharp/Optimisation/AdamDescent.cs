using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Optimisation;

/// <summary>
/// Steps by the moments of the gradients (Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1): <c>m = β₁ m + (1 − β₁) g</c>,
/// <c>v = β₂ v + (1 − β₂) g²</c>, <c>w −= η m̂ / (√v̂ + ε)</c>, where the hats take out that both begin at zero. TorchSharp's own computes with numbers that may be
/// freed while it does, see <see cref="TensorArithmetic"/>.
/// </summary>
internal sealed class AdamDescent : IDisposable
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Least = 1e-8;

    private readonly List<(Parameter Parameter, Tensor First, Tensor Second)> _moments;
    private int _steps;

    /// <param name="parameters">What is trained.</param>
    public AdamDescent(IEnumerable<Parameter> parameters)
    {
        using var off = no_grad();
        _moments = [.. parameters.Select(p => (p, zeros_like(p).DetachFromDisposeScope(), zeros_like(p).DetachFromDisposeScope()))];
    }

    /// <summary>A step along the gradients, which are zero afterwards. Parameters that have none stay.</summary>
    /// <param name="rate">η.</param>
    public void Step(double rate)
    {
        using var off = no_grad();
        _steps++;
        var (firstBias, secondBias) = (1 - Math.Pow(FirstDecay, _steps), 1 - Math.Pow(SecondDecay, _steps));
        foreach (var (parameter, first, second) in _moments)
        {
            using var scope = NewDisposeScope();
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            first.Multiply(FirstDecay);
            first.Add(gradient, 1 - FirstDecay);
            second.Multiply(SecondDecay);
            second.AddProduct(gradient, gradient, 1 - SecondDecay);
            var deviation = second.sqrt();
            deviation.Multiply(1 / Math.Sqrt(secondBias));
            deviation.Add(Least);
            parameter.AddQuotient(first, deviation, -rate / firstBias);
            gradient.zero_();
        }
    }

    public void Dispose() => _moments.ForEach(m =>
    {
        m.First.Dispose();
        m.Second.Dispose();
    });
}
