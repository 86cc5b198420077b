using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>
/// A small vision transformer (Dosovitskiy et al. 2021, "An image is worth 16x16 words") on a convolutional stem (Xiao et al. 2021, "Early convolutions help transformers
/// see better"). All sizes share convolutions and matrices; each has normalisations and positions of its own.
/// </summary>
internal sealed class VisionTransformer : MultiResolutionNetwork
{
    private const int Blocks = 4;
    private const int Heads = 4;

    /// <summary>Deviation of matrices and positions before training, that of the publication.</summary>
    private const double InitialDeviation = 0.02;

    private readonly PixelNormalisation _pixels;
    private readonly SharedConvolution _first;
    private readonly SharedConvolution _second;
    private readonly ParameterList _positions;
    private readonly ModuleList<Block> _blocks;
    private readonly ModuleList<LayerNorm> _ends;
    private readonly LastLayer _last;
    private readonly int _width;

    public VisionTransformer(NetworkSettings settings)
        : base("vit", settings.Sizes, settings.Outputs)
    {
        var resolutions = Sizes.Count;
        _width = settings.Width ?? 96;
        _pixels = new PixelNormalisation(settings);
        _first = new SharedConvolution(3, _width / 2, 3, 2, resolutions);
        _second = new SharedConvolution(_width / 2, _width, 3, 2, resolutions);
        _positions = nn.ParameterList(Sizes.Select(s => new Parameter(nn.init.normal_(empty(1, Tokens(s), _width), 0, InitialDeviation))).ToArray());
        _blocks = nn.ModuleList(Enumerable.Range(0, Blocks).Select(_ => new Block(_width, resolutions)).ToArray());
        _ends = Normalisations(_width, resolutions);
        _last = new LastLayer(Matrix(_width, settings.Outputs, bias: settings.ProxyTemperature is null), settings.ProxyTemperature);
        register_module("pixels", _pixels);
        register_module("first", _first);
        register_module("second", _second);
        register_module("positions", _positions);
        register_module("blocks", _blocks);
        register_module("ends", _ends);
        register_module("last", _last);
    }

    public override NetworkOutput Forward(Tensor images, int resolution)
    {
        var x = _first.Forward(_pixels.Forward(images), resolution).relu_();
        x = _second.Forward(x, resolution).flatten(2).transpose(1, 2).Plus(_positions[resolution]);
        foreach (var block in _blocks)
        {
            x = block.Forward(x, resolution);
        }

        var embedding = _ends[resolution].call(x).mean([1]);
        return new NetworkOutput(_last.Forward(embedding), embedding);
    }

    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution)
    {
        var x = graph.Node("Relu", [_first.Write(graph, _pixels.Write(graph, image), resolution)]);
        x = graph.Node("Reshape", [_second.Write(graph, x, resolution), graph.Constant(0, _width, Tokens(Sizes[resolution]))]);
        x = graph.Node("Add", [Transpose(graph, x, 0, 2, 1), graph.Constant(_positions[resolution])]);
        foreach (var block in _blocks)
        {
            x = block.Write(graph, x, resolution);
        }

        var end = Write(graph, x, _ends[resolution]);
        var embedding = graph.Node("ReduceMean", [end], new GraphAttribute("axes", [1]), new GraphAttribute("keepdims", 0));
        return new NetworkGraphOutput(_last.Write(graph, embedding), embedding);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pixels.Dispose();
            _first.Dispose();
            _second.Dispose();
            _positions.Dispose();
            _blocks.Dispose();
            _ends.Dispose();
            _last.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Positions behind two strides of 2, each of which rounds up.</summary>
    private static int Tokens(InputSize size) => ((size.Height + 3) / 4) * ((size.Width + 3) / 4);

    private static Linear Matrix(int inputs, int outputs, bool bias = true)
    {
        var layer = nn.Linear(inputs, outputs, bias);
        nn.init.normal_(layer.weight!, 0, InitialDeviation);
        if (bias)
        {
            nn.init.zeros_(layer.bias!);
        }

        return layer;
    }

    private static ModuleList<LayerNorm> Normalisations(int width, int resolutions) =>
        nn.ModuleList(Enumerable.Range(0, resolutions).Select(_ => nn.LayerNorm(width)).ToArray());

    private static string Write(NetworkGraph graph, string x, LayerNorm normalisation) =>
        graph.Node(
            "LayerNormalization",
            [x, graph.Constant(normalisation.weight!), graph.Constant(normalisation.bias!)],
            new GraphAttribute("axis", -1),
            new GraphAttribute("epsilon", (float)normalisation.eps));

    private static string Transpose(NetworkGraph graph, string x, params long[] order) => graph.Node("Transpose", [x], new GraphAttribute("perm", order));

    /// <summary>Attention between positions, then two matrices at each of them; both with a way around, and a normalisation before.</summary>
    private sealed class Block : nn.Module
    {
        private readonly ModuleList<LayerNorm> _before;
        private readonly Linear _asked;
        private readonly Linear _answered;
        private readonly ModuleList<LayerNorm> _between;
        private readonly Linear _wide;
        private readonly Linear _narrow;
        private readonly int _width;

        public Block(int width, int resolutions)
            : base(nameof(Block))
        {
            _width = width;
            _before = Normalisations(width, resolutions);
            _asked = Matrix(width, 3 * width);
            _answered = Matrix(width, width);
            _between = Normalisations(width, resolutions);
            _wide = Matrix(width, 2 * width);
            _narrow = Matrix(2 * width, width);
            register_module("before", _before);
            register_module("asked", _asked);
            register_module("answered", _answered);
            register_module("between", _between);
            register_module("wide", _wide);
            register_module("narrow", _narrow);
        }

        private float Scale => 1 / MathF.Sqrt(_width / Heads);

        public Tensor Forward(Tensor x, int resolution)
        {
            var (images, tokens) = (x.shape[0], x.shape[1]);
            // [query, key and value; images; heads; tokens; numbers of a head]
            var asked = _asked.call(_before[resolution].call(x)).view(images, tokens, 3, Heads, _width / Heads).permute(2, 0, 3, 1, 4);
            var attention = asked[0].matmul(asked[1].transpose(2, 3)).Times(Scale).softmax(3);
            x = x.Plus(_answered.call(attention.matmul(asked[2]).transpose(1, 2).reshape(images, tokens, _width)));
            return x.Plus(_narrow.call(_wide.call(_between[resolution].call(x)).gelu()));
        }

        public string Write(NetworkGraph graph, string x, int resolution)
        {
            var asked = graph.Linear(VisionTransformer.Write(graph, x, _before[resolution]), _asked.weight!, _asked.bias!);
            var parts = graph.Node("Split", [asked, graph.Constant(_width, _width, _width)], outputs: 3, new GraphAttribute("axis", -1));
            var ofHeads = parts.Select(p => graph.Node("Reshape", [p, graph.Constant(0, 0, Heads, _width / Heads)])).ToList();
            var products = graph.Node("MatMul", [Transpose(graph, ofHeads[0], 0, 2, 1, 3), Transpose(graph, ofHeads[1], 0, 2, 3, 1)]);
            var attention = graph.Node("Softmax", [graph.Node("Mul", [products, graph.Constant(Scale)])], new GraphAttribute("axis", -1));
            var answered = Transpose(graph, graph.Node("MatMul", [attention, Transpose(graph, ofHeads[2], 0, 2, 1, 3)]), 0, 2, 1, 3);
            var joined = graph.Node("Reshape", [answered, graph.Constant(0, 0, _width)]);
            x = graph.Node("Add", [x, graph.Linear(joined, _answered.weight!, _answered.bias!)]);
            var wide = Gelu(graph, graph.Linear(VisionTransformer.Write(graph, x, _between[resolution]), _wide.weight!, _wide.bias!));
            return graph.Node("Add", [x, graph.Linear(wide, _narrow.weight!, _narrow.bias!)]);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _before.Dispose();
                _asked.Dispose();
                _answered.Dispose();
                _between.Dispose();
                _wide.Dispose();
                _narrow.Dispose();
            }

            base.Dispose(disposing);
        }

        /// <summary><c>x (1 + erf(x / √2)) / 2</c>; the operator of that name came with version 20.</summary>
        private static string Gelu(NetworkGraph graph, string x)
        {
            var erf = graph.Node("Erf", [graph.Node("Mul", [x, graph.Constant(1 / MathF.Sqrt(2))])]);
            return graph.Node("Mul", [graph.Node("Mul", [x, graph.Node("Add", [erf, graph.Constant(1f)])]), graph.Constant(0.5f)]);
        }
    }
}
