using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>
/// Residual networks (He et al. 2016, "Deep residual learning for image recognition") whose convolutions are shared by all sizes, each with normalisations of its own
/// (as in Zhu et al. 2021, "Dynamic resolution network").
/// </summary>
internal sealed class ResidualNetwork : MultiResolutionNetwork
{
    private readonly PixelNormalisation _pixels;
    private readonly SharedConvolution _stem;
    private readonly ModuleList<ResidualBlock> _blocks;
    private readonly LastLayer _last;
    private readonly bool _shrinks;

    private ResidualNetwork(string name, NetworkSettings settings, bool shrinks, int stages, int blocksOfStage, int width)
        : base(name, settings.Sizes, settings.Outputs)
    {
        var resolutions = Sizes.Count;
        _shrinks = shrinks;
        _pixels = new PixelNormalisation(settings);
        _stem = new SharedConvolution(3, width, shrinks ? 5 : 3, shrinks ? 2 : 1, resolutions);
        var blocks = new List<ResidualBlock>();
        var channels = width;
        for (var stage = 0; stage < stages; stage++)
        {
            for (var block = 0; block < blocksOfStage; block++)
            {
                var outputs = width << stage;
                blocks.Add(new ResidualBlock(channels, outputs, stride: stage > 0 && block == 0 ? 2 : 1, resolutions));
                channels = outputs;
            }
        }

        _blocks = nn.ModuleList(blocks.ToArray());
        _last = LastLayer.Of(channels, settings);
        register_module("pixels", _pixels);
        register_module("stem", _stem);
        register_module("blocks", _blocks);
        register_module("last", _last);
    }

    /// <summary>8 layers for small pictures.</summary>
    public static ResidualNetwork OfEight(NetworkSettings settings) => new("resnet8", settings, shrinks: false, stages: 3, blocksOfStage: 1, settings.Width ?? 16);

    /// <summary>10 layers for photographs.</summary>
    public static ResidualNetwork OfTen(NetworkSettings settings) => new("resnet10", settings, shrinks: true, stages: 4, blocksOfStage: 1, settings.Width ?? 24);

    /// <summary>18 layers for photographs.</summary>
    public static ResidualNetwork OfEighteen(NetworkSettings settings) => new("resnet18", settings, shrinks: true, stages: 4, blocksOfStage: 2, settings.Width ?? 32);

    public override NetworkOutput Forward(Tensor images, int resolution)
    {
        var x = _stem.Forward(_pixels.Forward(images), resolution).relu_();
        if (_shrinks)
        {
            x = nn.functional.max_pool2d(x, 3, 2, 1);
        }

        foreach (var block in _blocks)
        {
            x = block.Forward(x, resolution);
        }

        var embedding = x.mean([2, 3]);
        return new NetworkOutput(_last.Forward(embedding), embedding);
    }

    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution)
    {
        var x = graph.Node("Relu", [_stem.Write(graph, _pixels.Write(graph, image), resolution)]);
        if (_shrinks)
        {
            x = graph.Node("MaxPool", [x], new GraphAttribute("kernel_shape", [3, 3]), new GraphAttribute("strides", [2, 2]), new GraphAttribute("pads", [1, 1, 1, 1]));
        }

        foreach (var block in _blocks)
        {
            x = block.Write(graph, x, resolution);
        }

        var embedding = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [x])]);
        return new NetworkGraphOutput(_last.Write(graph, embedding), embedding);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pixels.Dispose();
            _stem.Dispose();
            _blocks.Dispose();
            _last.Dispose();
        }

        base.Dispose(disposing);
    }
}
