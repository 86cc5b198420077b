using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>Two convolutions, and a way around them; where the shape changes, that is a convolution of one pixel.</summary>
internal sealed class ResidualBlock : nn.Module
{
    private readonly SharedConvolution _first;
    private readonly SharedConvolution _second;
    private readonly SharedConvolution? _around;

    public ResidualBlock(int inputs, int outputs, int stride, int resolutions)
        : base(nameof(ResidualBlock))
    {
        _first = new SharedConvolution(inputs, outputs, 3, stride, resolutions);
        _second = new SharedConvolution(outputs, outputs, 3, 1, resolutions);
        register_module("first", _first);
        register_module("second", _second);
        if (stride > 1 || inputs != outputs)
        {
            _around = new SharedConvolution(inputs, outputs, 1, stride, resolutions);
            register_module("around", _around);
        }
    }

    public Tensor Forward(Tensor x, int resolution) =>
        _second.Forward(_first.Forward(x, resolution).relu_(), resolution).Plus(_around?.Forward(x, resolution) ?? x).relu_();

    public string Write(NetworkGraph graph, string x, int resolution)
    {
        var y = _second.Write(graph, graph.Node("Relu", [_first.Write(graph, x, resolution)]), resolution);
        return graph.Node("Relu", [graph.Node("Add", [y, _around?.Write(graph, x, resolution) ?? x])]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _first.Dispose();
            _second.Dispose();
            _around?.Dispose();
        }

        base.Dispose(disposing);
    }
}
