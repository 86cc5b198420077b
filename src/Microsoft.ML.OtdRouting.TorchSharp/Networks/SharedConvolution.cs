using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>A convolution that all sizes share, and behind it a batch normalisation of each size. Zeros around, so that only the stride shrinks.</summary>
internal sealed class SharedConvolution : nn.Module
{
    private readonly Parameter _weight;
    private readonly ModuleList<BatchNorm2d> _normalisations;
    private readonly int _stride;
    private readonly int _padding;

    /// <param name="inputs">Channels that come in.</param>
    /// <param name="outputs">Channels that go out.</param>
    /// <param name="kernel">Height and width of the filters; odd.</param>
    /// <param name="stride">Stride in both dimensions.</param>
    /// <param name="resolutions">Number of sizes.</param>
    public SharedConvolution(int inputs, int outputs, int kernel, int stride, int resolutions)
        : base(nameof(SharedConvolution))
    {
        _stride = stride;
        _padding = kernel / 2;
        // He et al. 2015, "Delving deep into rectifiers": the variance of gradients is kept on their way back.
        _weight = new Parameter(nn.init.kaiming_normal_(empty(outputs, inputs, kernel, kernel), mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU));
        _normalisations = nn.ModuleList(Enumerable.Range(0, resolutions).Select(_ => nn.BatchNorm2d(outputs)).ToArray());
        register_parameter("weight", _weight);
        register_module("normalisations", _normalisations);
    }

    public Tensor Forward(Tensor input, int resolution)
    {
        // The function, not the module's own step forward: that counts batches by a sum with a number, see TensorArithmetic.
        var normalisation = _normalisations[resolution];
        return nn.functional.batch_norm(
            nn.functional.conv2d(input, _weight, strides: [_stride, _stride], padding: [_padding, _padding]),
            normalisation.running_mean!,
            normalisation.running_var!,
            normalisation.weight,
            normalisation.bias,
            training,
            normalisation.momentum!.Value,
            normalisation.eps);
    }

    /// <summary>Adds the convolution with the normalisation of a size folded into it.</summary>
    public string Write(NetworkGraph graph, string input, int resolution)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var normalisation = _normalisations[resolution];
        var scale = normalisation.weight! * normalisation.running_var!.Plus(normalisation.eps).rsqrt();
        var bias = normalisation.bias! - (normalisation.running_mean! * scale);
        return graph.Convolution(input, _weight * scale.view(-1, 1, 1, 1), bias, _stride, _padding);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _weight.Dispose();
            _normalisations.Dispose();
        }

        base.Dispose(disposing);
    }
}
