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

    private readonly List<(Tensor Values, Func<Tensor?> Gradients, Tensor First, Tensor Second)> _trained;
    private int _steps;

    /// <param name="parameters">What is trained, one by one.</param>
    public AdamDescent(IEnumerable<Parameter> parameters)
        : this(parameters.Select(p => ((Tensor)p, (Func<Tensor?>)(() => p.grad))))
    {
    }

    /// <param name="parameters">What is trained, in one buffer.</param>
    public AdamDescent(FlatParameters parameters)
        : this([(parameters.Values, () => parameters.Gradients)])
    {
    }

    private AdamDescent(IEnumerable<(Tensor Values, Func<Tensor?> Gradients)> trained)
    {
        using var off = no_grad();
        _trained = [.. trained.Select(t => (t.Values, t.Gradients, zeros_like(t.Values).DetachFromDisposeScope(), zeros_like(t.Values).DetachFromDisposeScope()))];
    }

    /// <summary>A step along the gradients, which are zero afterwards. What has none stays.</summary>
    /// <param name="rate">η.</param>
    /// <param name="decay">λ; <c>g += λ w</c> before all else.</param>
    public void Step(double rate, double decay = 0)
    {
        using var off = no_grad();
        _steps++;
        foreach (var (values, gradients, first, second) in _trained)
        {
            using var scope = NewDisposeScope();
            if (gradients() is not { } gradient)
            {
                continue;
            }

            gradient.Add(values, decay);
            first.Multiply(FirstDecay);
            first.Add(gradient, 1 - FirstDecay);
            second.Multiply(SecondDecay);
            second.Add(gradient.mul(gradient), 1 - SecondDecay);
            var deviation = second.Times(1 / (1 - Math.Pow(SecondDecay, _steps))).sqrt().Plus(Least);
            values.Add(first.div(deviation), -rate / (1 - Math.Pow(FirstDecay, _steps)));
            gradient.zero_();
        }
    }

    public void Dispose() => _trained.ForEach(t =>
    {
        t.First.Dispose();
        t.Second.Dispose();
    });
}
