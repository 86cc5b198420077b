using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>
/// A residual encoder, told the place of every pixel, and a light decoder, for one positive number at every second pixel of both axes: on the way back up every stage is doubled, summed with the encoder's stage of
/// the same size and mixed by one convolution (Lin et al. 2017, "Feature pyramid networks for object detection"). Convolutions are shared by all sizes, each with normalisations of its own.
/// </summary>
internal sealed class DenseNetwork : MultiResolutionNetwork
{
    private const int HeadKernel = 3;

    /// <summary>Powers of a place, from the first.</summary>
    private const int Powers = 3;

    /// <summary>Answers are within e to this: what training throws out of the range of floats at its beginning would never come back.</summary>
    private const float MostLogarithm = 12;

    /// <summary>Answers begin near 1, since errors of logarithms grow without limit.</summary>
    private const double FirstHead = 0.1;

    private readonly PixelNormalisation _pixels;
    private readonly SharedConvolution _stem;
    private readonly ModuleList<ResidualBlock> _blocks;
    private readonly ModuleList<SharedConvolution> _sides;
    private readonly ModuleList<SharedConvolution> _mixes;
    private readonly Linear _context;
    private readonly Parameter _rows;
    private readonly Parameter _columns;
    private readonly Parameter _headWeight;
    private readonly Parameter _headBias;

    /// <param name="settings">What it is made for; one output.</param>
    /// <param name="name">Its name.</param>
    /// <param name="stages">Stages of the encoder behind the stem, each half the size of the one before.</param>
    /// <param name="width">Channels of the first stage and of the decoder; further stages have twice as many.</param>
    public DenseNetwork(NetworkSettings settings, string name, int stages, int width)
        : base(name, settings.Sizes, settings.Outputs)
    {
        var resolutions = Sizes.Count;
        // Of the stem and the first stage, and of all that follow.
        int ChannelsOf(int stage) => stage < 2 ? width : 2 * width;
        _pixels = new PixelNormalisation(settings);
        _stem = new SharedConvolution(3, width, 5, 2, resolutions);
        _blocks = nn.ModuleList(Enumerable.Range(0, stages).Select(s => new ResidualBlock(ChannelsOf(s), ChannelsOf(s + 1), 2, resolutions)).ToArray());
        _sides = nn.ModuleList(Enumerable.Range(0, stages + 1).Select(s => new SharedConvolution(ChannelsOf(s), width, 1, 1, resolutions)).ToArray());
        _mixes = nn.ModuleList(Enumerable.Range(0, stages).Select(_ => new SharedConvolution(width, width, 3, 1, resolutions)).ToArray());
        _context = nn.Linear(ChannelsOf(stages), width);
        _rows = new Parameter(zeros(width, Powers));
        _columns = new Parameter(zeros(width, Powers));
        _headWeight = new Parameter(nn.init.kaiming_normal_(empty(settings.Outputs, width, HeadKernel, HeadKernel), mode: nn.init.FanInOut.FanIn, nonlinearity: nn.init.NonlinearityType.Linear).Times(FirstHead));
        _headBias = new Parameter(zeros(settings.Outputs));
        register_module("pixels", _pixels);
        register_module("stem", _stem);
        register_module("blocks", _blocks);
        register_module("sides", _sides);
        register_module("mixes", _mixes);
        register_module("context", _context);
        register_parameter("rows", _rows);
        register_parameter("columns", _columns);
        register_parameter("headWeight", _headWeight);
        register_parameter("headBias", _headBias);
    }

    /// <inheritdoc/>
    public override NetworkOutput Forward(Tensor images, int resolution)
    {
        var stem = _stem.Forward(_pixels.Forward(images), resolution);
        // Where a place is in the picture says much about its depth, and convolutions do not know it.
        stem = stem.Plus(Along(_rows, stem.shape[2]).unsqueeze(2)).Plus(Along(_columns, stem.shape[3]).unsqueeze(1));
        var stages = new List<Tensor> { stem.relu_() };
        foreach (var block in _blocks)
        {
            stages.Add(block.Forward(stages[^1], resolution));
        }

        var embedding = stages[^1].mean([2, 3]);
        // What the whole picture says goes to every place: depth depends on more than what is near.
        var x = _sides[^1].Forward(stages[^1], resolution).Plus(_context.call(embedding).unsqueeze(2).unsqueeze(3)).relu_();
        for (var stage = stages.Count - 2; stage >= 0; stage--)
        {
            var (height, width) = (stages[stage].shape[2], stages[stage].shape[3]);
            var doubled = Doubling.Forward(x, height, width);
            x = _mixes[stage].Forward(doubled.Plus(_sides[stage].Forward(stages[stage], resolution)).relu_(), resolution).relu_();
        }

        var logarithms = nn.functional.conv2d(x, _headWeight, _headBias, padding: [HeadKernel / 2, HeadKernel / 2]).Clamp(-MostLogarithm, MostLogarithm);
        return new NetworkOutput(logarithms.exp(), embedding);
    }

    /// <inheritdoc/>
    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution)
    {
        var (heights, widths) = (Doubling.Halves(Sizes[resolution].Height, _sides.Count), Doubling.Halves(Sizes[resolution].Width, _sides.Count));
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var stem = graph.Node("Add", [_stem.Write(graph, _pixels.Write(graph, image), resolution), graph.Constant(Along(_rows, heights[0]).unsqueeze(2))]);
        List<string> stages = [graph.Node("Relu", [graph.Node("Add", [stem, graph.Constant(Along(_columns, widths[0]).unsqueeze(1))])])];
        foreach (var block in _blocks)
        {
            stages.Add(block.Write(graph, stages[^1], resolution));
        }

        var embedding = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [stages[^1]])]);
        var context = graph.Node("Unsqueeze", [graph.Linear(embedding, _context.weight!, _context.bias!), graph.Constant(2L, 3L)]);
        var x = graph.Node("Relu", [graph.Node("Add", [_sides[^1].Write(graph, stages[^1], resolution), context])]);
        for (var stage = stages.Count - 2; stage >= 0; stage--)
        {
            var doubled = Doubling.Write(graph, x, heights[stage], widths[stage]);
            var sum = graph.Node("Relu", [graph.Node("Add", [doubled, _sides[stage].Write(graph, stages[stage], resolution)])]);
            x = graph.Node("Relu", [_mixes[stage].Write(graph, sum, resolution)]);
        }

        var logarithms = graph.Node(
            "Clip", [graph.Convolution(x, _headWeight, _headBias, 1, HeadKernel / 2), graph.Constant(-MostLogarithm), graph.Constant(MostLogarithm)]);
        return new NetworkGraphOutput(graph.Node("Exp", [logarithms]), embedding);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pixels.Dispose();
            _stem.Dispose();
            _blocks.Dispose();
            _sides.Dispose();
            _mixes.Dispose();
            _context.Dispose();
            _rows.Dispose();
            _columns.Dispose();
            _headWeight.Dispose();
            _headBias.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Polynomials of the places along an axis, from −1 to 1: [channels, places].</summary>
    private static Tensor Along(Tensor factors, long places)
    {
        var powers = new float[Powers * places];
        for (var i = 0; i < powers.Length; i++)
        {
            var place = ((2f * (i % places)) + 1 - places) / places;
            powers[i] = MathF.Pow(place, 1 + (i / places));
        }

        return factors.matmul(tensor(powers, [Powers, places]));
    }
}
