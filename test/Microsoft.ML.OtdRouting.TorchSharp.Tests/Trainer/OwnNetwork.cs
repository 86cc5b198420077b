using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>A module as a user writes one: one matrix of the mean colours of four quarters, behind a dropout.</summary>
internal sealed class OwnNetwork : MultiResolutionNetwork
{
    private readonly Linear _last;
    private readonly Tensor _most = tensor(255f);
    private readonly bool _writesWrong;

    /// <summary>How often each size was trained.</summary>
    public long[] Steps { get; }

    public OwnNetwork(NetworkSettings settings, bool writesWrong = false)
        : base("own", settings.Sizes, settings.Outputs)
    {
        _writesWrong = writesWrong;
        Steps = new long[settings.Sizes.Count];
        _last = nn.Linear(12, settings.Outputs);
        register_module("last", _last);
    }

    public override NetworkOutput Forward(Tensor images, int resolution)
    {
        Steps[resolution] += training ? 1 : 0;
        var half = Sizes[resolution].Height / 2;
        var embedding = nn.functional.avg_pool2d(images, half).div(_most).flatten(1);
        return new NetworkOutput(_last.call(nn.functional.dropout(embedding, 0.2, training)), embedding);
    }

    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution)
    {
        var half = Sizes[resolution].Height / 2;
        var pooled = graph.Node("AveragePool", [image], new GraphAttribute("kernel_shape", [half, half]), new GraphAttribute("strides", [half, half]));
        var embedding = graph.Node("Flatten", [graph.Node("Div", [pooled, graph.Constant(_writesWrong ? 256f : 255f)])]);
        return new NetworkGraphOutput(graph.Linear(embedding, _last.weight!, _last.bias!), embedding);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _last.Dispose();
            _most.Dispose();
        }

        base.Dispose(disposing);
    }
}
