using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Optimisation;

/// <summary>
/// The parameters of a network, their gradients and their momenta in one buffer each, which a step of gradient descent passes over once. Filters have their channels
/// last in memory, with which convolutions choose that order for all that they compute. Of a step of a residual network of 8 layers at 10 to 28 pixels, that saves a fifth of the
/// time, and the one buffer 3 to 10 % more.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private readonly List<Tensor> _views = [];

    /// <summary>Moves parameters into the buffer. From then on they, and their gradients, are parts of it.</summary>
    public FlatParameters(IEnumerable<Parameter> parameters)
    {
        using var off = no_grad();
        var all = parameters.ToList();
        Count = all.Sum(p => p.numel());
        Values = zeros(Count).DetachFromDisposeScope();
        Gradients = zeros(Count).DetachFromDisposeScope();
        Momenta = zeros(Count).DetachFromDisposeScope();
        var offset = 0L;
        foreach (var parameter in all)
        {
            using var scope = NewDisposeScope();
            var value = View(Values, offset, parameter.shape).DetachFromDisposeScope();
            var gradient = View(Gradients, offset, parameter.shape).DetachFromDisposeScope();
            value.copy_(parameter);
            parameter.set_(value);
            parameter.grad = gradient;
            _views.AddRange([value, gradient]);
            offset += parameter.numel();
        }
    }

    /// <summary>Number of parameters.</summary>
    public long Count { get; }

    /// <summary>The parameters, float [<see cref="Count"/>].</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients.</summary>
    public Tensor Gradients { get; }

    /// <summary>Their momenta.</summary>
    public Tensor Momenta { get; }

    /// <summary>Forgets the gradients.</summary>
    public void Zero() => Gradients.zero_();

    /// <summary>A step with Nesterov's momentum: <c>g += λ w</c>, <c>m = μ m + g</c>, <c>w −= η (g + μ m)</c> (Sutskever et al. 2013, in the form that PyTorch has it).</summary>
    /// <param name="rate">η.</param>
    /// <param name="momentum">μ.</param>
    /// <param name="decay">λ.</param>
    public void Step(double rate, double momentum, double decay)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        Gradients.Add(Values, decay);
        Momenta.Multiply(momentum);
        Momenta.Add(Gradients);
        Gradients.Add(Momenta, momentum);
        Values.Add(Gradients, -rate);
    }

    public void Dispose()
    {
        _views.ForEach(v => v.Dispose());
        Values.Dispose();
        Gradients.Dispose();
        Momenta.Dispose();
    }

    private static Tensor View(Tensor buffer, long offset, long[] shape)
    {
        var part = buffer.narrow(0, offset, shape.Aggregate(1L, (product, size) => product * size));
        return shape.Length == 4 ? part.view(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2) : part.view(shape);
    }
}
