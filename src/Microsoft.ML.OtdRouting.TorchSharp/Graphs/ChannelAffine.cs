using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>
/// A scale and a shift of every output channel of a convolution, which training changes while the convolution stays. Both fold into its weights and bias:
/// <c>(w ∗ x + b) · s + t = (s w) ∗ x + (s b + t)</c>.
/// </summary>
internal sealed class ChannelAffine : IDisposable
{
    private readonly Tensor _zeros;
    private readonly Tensor _ones;

    /// <param name="node">The convolution.</param>
    /// <param name="channels">Its output channels.</param>
    public ChannelAffine(GraphNode node, long channels)
    {
        Node = node;
        Scale = new Parameter(ones(channels));
        Shift = new Parameter(zeros(channels));
        _zeros = zeros(channels).DetachFromDisposeScope();
        _ones = ones(channels).DetachFromDisposeScope();
    }

    public GraphNode Node { get; }

    /// <summary>Factor on each channel; one at first.</summary>
    public Parameter Scale { get; }

    /// <summary>What is added to each channel; zero at first.</summary>
    public Parameter Shift { get; }

    /// <summary>The output of the convolution, scaled and shifted: a normalisation by mean 0 and variance 1 is that in one pass over memory.</summary>
    public Tensor Apply(Tensor output) => nn.functional.batch_norm(output, _zeros, _ones, Scale, Shift, training: false, momentum: 0, eps: 0);

    /// <summary>Weight and bias of the convolution that does the same without scale and shift.</summary>
    public (Tensor Weight, Tensor Bias) Fold(Tensor weight, Tensor? bias)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var folded = weight * Scale.reshape(-1, 1, 1, 1);
        var shifted = bias is null ? Shift.clone() : (bias * Scale).Plus(Shift);
        return (folded.detach().MoveToOuterDisposeScope(), shifted.detach().MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        Scale.Dispose();
        Shift.Dispose();
        _zeros.Dispose();
        _ones.Dispose();
    }
}
