using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>Brings pixels of 0..255 to mean 0 and deviation 1 of the training images, in every channel.</summary>
internal sealed class PixelNormalisation : nn.Module
{
    private readonly Tensor _mean;
    private readonly Tensor _scale;

    public PixelNormalisation(NetworkSettings settings)
        : base(nameof(PixelNormalisation))
    {
        _mean = tensor(settings.Mean.ToArray(), [1, 3, 1, 1]);
        _scale = tensor(settings.StandardDeviation.Select(d => 1 / d).ToArray(), [1, 3, 1, 1]);
        register_buffer("mean", _mean);
        register_buffer("scale", _scale);
    }

    public Tensor Forward(Tensor images) => (images - _mean) * _scale;

    public string Write(NetworkGraph graph, string image) => graph.Node("Mul", [graph.Node("Sub", [image, graph.Constant(_mean)]), graph.Constant(_scale)]);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _mean.Dispose();
            _scale.Dispose();
        }

        base.Dispose(disposing);
    }
}
