using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>
/// A small detector without anchors (Tian et al. 2019, "FCOS: Fully convolutional one-stage object detection"): a residual encoder, a pyramid of its last three stages (Lin et al. 2017,
/// "Feature pyramid networks for object detection"), and a head apart for classes and for boxes (Ge et al. 2021, "YOLOX: Exceeding YOLO series in 2021"), which the three grids share. A prediction has the scores of the classes and
/// the distances from its cell's centre to the four edges, as powers of e in strides. Convolutions are shared by all sizes, each with normalisations of its own, in the head one of each grid, too.
/// </summary>
internal sealed class DetectorNetwork : MultiResolutionNetwork
{
    private const int HeadKernel = 3;
    private const int Levels = PredictionGrid.Levels;

    /// <summary>Distances are within e to this of a stride: what training throws out of the range of floats at its beginning would never come back.</summary>
    private const double MostLogarithm = 5;

    /// <summary>Score of all classes before training (Lin et al. 2017, "Focal loss for dense object detection"): cells without an object would rule the first steps otherwise.</summary>
    private const double FirstScore = 0.01;

    private readonly PixelNormalisation _pixels;
    private readonly SharedConvolution _stem;
    private readonly ModuleList<ResidualBlock> _blocks;
    private readonly ModuleList<SharedConvolution> _sides;
    private readonly ModuleList<SharedConvolution> _mixes;
    private readonly SharedConvolution _classTower;
    private readonly SharedConvolution _boxTower;
    private readonly Parameter _classWeight;
    private readonly Parameter _classBias;
    private readonly Parameter _boxWeight;
    private readonly Parameter _boxBias;
    private readonly Parameter _levels;
    private readonly float[][][] _centres;
    private readonly int _stages;
    private readonly int _blocksOfStage;

    /// <param name="settings">What it is made for; outputs are classes.</param>
    /// <param name="name">Its name.</param>
    /// <param name="stages">Stages of the encoder behind the stem, each half the size of the one before; at least 3. The grids are those of the last three.</param>
    /// <param name="blocksOfStage">Residual blocks of each.</param>
    /// <param name="width">Channels of the stem, the first stage and the pyramid; each further stage has twice as many, up to four times.</param>
    public DetectorNetwork(NetworkSettings settings, string name, int stages, int blocksOfStage, int width)
        : base(name, settings.Sizes, settings.Outputs)
    {
        var resolutions = Sizes.Count;
        (_stages, _blocksOfStage) = (stages, blocksOfStage);
        _centres = [.. Sizes.Select(size => Enumerable.Range(0, Levels).Select(level => CentresOf(new PredictionGrid(size, FinestStride), FinestStride << level)).ToArray())];
        int ChannelsOf(int stage) => width * Math.Min(4, 1 << Math.Max(0, stage - 1));
        _pixels = new PixelNormalisation(settings);
        _stem = new SharedConvolution(3, width, 3, 2, resolutions);
        _blocks = nn.ModuleList(Enumerable.Range(0, stages * blocksOfStage).Select(b =>
        {
            var (stage, first) = (1 + (b / blocksOfStage), b % blocksOfStage == 0);
            return new ResidualBlock(ChannelsOf(first ? stage - 1 : stage), ChannelsOf(stage), first ? 2 : 1, resolutions);
        }).ToArray());
        _sides = nn.ModuleList(Enumerable.Range(0, Levels).Select(l => new SharedConvolution(ChannelsOf(stages - Levels + 1 + l), width, 1, 1, resolutions)).ToArray());
        _mixes = nn.ModuleList(Enumerable.Range(0, Levels - 1).Select(_ => new SharedConvolution(width, width, 3, 1, resolutions)).ToArray());
        _classTower = new SharedConvolution(width, width, 3, 1, resolutions * Levels);
        _boxTower = new SharedConvolution(width, width, 3, 1, resolutions * Levels);
        _classWeight = Head(settings.Outputs, width);
        _classBias = new Parameter(full(settings.Outputs, Math.Log(FirstScore / (1 - FirstScore)), ScalarType.Float32));
        _boxWeight = Head(4, width);
        _boxBias = new Parameter(zeros(4));
        _levels = new Parameter(zeros(Levels));
        register_module("pixels", _pixels);
        register_module("stem", _stem);
        register_module("blocks", _blocks);
        register_module("sides", _sides);
        register_module("mixes", _mixes);
        register_module("classTower", _classTower);
        register_module("boxTower", _boxTower);
        register_parameter("classWeight", _classWeight);
        register_parameter("classBias", _classBias);
        register_parameter("boxWeight", _boxWeight);
        register_parameter("boxBias", _boxBias);
        register_parameter("levels", _levels);
    }

    private int FinestStride => 1 << (_stages - Levels + 2);

    /// <inheritdoc/>
    public override NetworkOutput Forward(Tensor images, int resolution)
    {
        var x = _stem.Forward(_pixels.Forward(images), resolution).relu_();
        var stages = new List<Tensor>();
        for (var b = 0; b < _blocks.Count; b++)
        {
            x = _blocks[b].Forward(x, resolution);
            if ((b + 1) % _blocksOfStage == 0)
            {
                stages.Add(x);
            }
        }

        var embedding = x.mean([2, 3]);
        var grids = new Tensor[Levels];
        for (var level = Levels - 1; level >= 0; level--)
        {
            var stage = stages[_stages - Levels + level];
            var side = _sides[level].Forward(stage, resolution);
            grids[level] = level == Levels - 1
                ? side.relu_()
                : _mixes[level].Forward(Doubling.Forward(grids[level + 1], stage.shape[2], stage.shape[3]).Plus(side).relu_(), resolution).relu_();
        }

        return new NetworkOutput(cat(grids.Select((grid, level) => Predictions(grid, level, resolution)).ToArray(), 2), embedding);
    }

    /// <inheritdoc/>
    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var x = graph.Node("Relu", [_stem.Write(graph, _pixels.Write(graph, image), resolution)]);
        var stages = new List<string>();
        for (var b = 0; b < _blocks.Count; b++)
        {
            x = _blocks[b].Write(graph, x, resolution);
            if ((b + 1) % _blocksOfStage == 0)
            {
                stages.Add(x);
            }
        }

        var embedding = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [x])]);
        var grids = new string[Levels];
        for (var level = Levels - 1; level >= 0; level--)
        {
            var side = _sides[level].Write(graph, stages[_stages - Levels + level], resolution);
            if (level == Levels - 1)
            {
                grids[level] = graph.Node("Relu", [side]);
                continue;
            }

            var (rows, columns) = PredictionGrid.SidesOf(Sizes[resolution], FinestStride << level);
            var sum = graph.Node("Relu", [graph.Node("Add", [Doubling.Write(graph, grids[level + 1], rows, columns), side])]);
            grids[level] = graph.Node("Relu", [_mixes[level].Write(graph, sum, resolution)]);
        }

        return new NetworkGraphOutput(graph.Node("Concat", grids.Select((grid, level) => Write(graph, grid, level, resolution)), new GraphAttribute("axis", 2)), embedding);
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
            _classTower.Dispose();
            _boxTower.Dispose();
            _classWeight.Dispose();
            _classBias.Dispose();
            _boxWeight.Dispose();
            _boxBias.Dispose();
            _levels.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Parameter Head(int outputs, int width) =>
        new(nn.init.normal_(empty(outputs, width, HeadKernel, HeadKernel), 0, FirstScore));

    /// <summary>Boxes and scores of a grid, [images, 4 + classes, cells]: centre and size in pixels, then a score of each class.</summary>
    private Tensor Predictions(Tensor grid, int level, int resolution)
    {
        var (stride, normalisation) = (FinestStride << level, (resolution * Levels) + level);
        var scores = nn.functional.conv2d(_classTower.Forward(grid, normalisation).relu_(), _classWeight, _classBias, padding: [HeadKernel / 2, HeadKernel / 2]);
        var edges = nn.functional.conv2d(_boxTower.Forward(grid, normalisation).relu_(), _boxWeight, _boxBias, padding: [HeadKernel / 2, HeadKernel / 2]);
        var distances = edges.Plus(_levels.narrow(0, level, 1).view(1, 1, 1, 1)).flatten(2).Clamp(-MostLogarithm, MostLogarithm).exp();
        var (before, behind) = (distances.narrow(1, 0, 2), distances.narrow(1, 2, 2));
        var centres = behind.Plus(before, -1).Times(stride / 2.0).Plus(Centres(level, resolution));
        return cat([centres, before.Plus(behind).Times(stride), scores.flatten(2).sigmoid()], 1);
    }

    private string Write(NetworkGraph graph, string grid, int level, int resolution)
    {
        var (stride, normalisation) = (FinestStride << level, (resolution * Levels) + level);
        string Flat(string x, long channels) => graph.Node("Reshape", [x, graph.Constant(0, channels, -1)]);
        var scores = graph.Convolution(graph.Node("Relu", [_classTower.Write(graph, grid, normalisation)]), _classWeight, _classBias, 1, HeadKernel / 2);
        var edges = graph.Convolution(
            graph.Node("Relu", [_boxTower.Write(graph, grid, normalisation)]), _boxWeight, _boxBias.Plus(_levels.narrow(0, level, 1)), 1, HeadKernel / 2);
        var distances = graph.Node("Exp", [graph.Node("Clip", [Flat(edges, 4), graph.Constant((float)-MostLogarithm), graph.Constant((float)MostLogarithm)])]);
        var sides = graph.Node("Split", [distances, graph.Constant(2L, 2L)], outputs: 2, new GraphAttribute("axis", 1));
        var moved = graph.Node("Mul", [graph.Node("Sub", [sides[1], sides[0]]), graph.Constant(stride / 2f)]);
        var centres = graph.Node("Add", [moved, graph.Constant(Centres(level, resolution))]);
        var lengths = graph.Node("Mul", [graph.Node("Add", [sides[0], sides[1]]), graph.Constant((float)stride)]);
        return graph.Node("Concat", [centres, lengths, Flat(graph.Node("Sigmoid", [scores]), Outputs)], new GraphAttribute("axis", 1));
    }

    /// <summary>Centres of the cells of a grid, [1, 2, cells]: to the right, then down.</summary>
    private Tensor Centres(int level, int resolution) => tensor(_centres[resolution][level], [1, 2, _centres[resolution][level].Length / 2]);

    private static float[] CentresOf(PredictionGrid grid, int stride)
    {
        var cells = Enumerable.Range(0, grid.Count).Where(i => grid.Strides[i] == stride).ToList();
        return [.. cells.Select(i => grid.X[i]), .. cells.Select(i => grid.Y[i])];
    }
}
