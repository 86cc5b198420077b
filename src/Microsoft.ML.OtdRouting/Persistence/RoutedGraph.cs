using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Onnx;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using static Microsoft.ML.OtdRouting.Onnx.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A fitted router as one ONNX graph for one image: features, policy, prices, the chosen scorers, the pool. Every scorer but the cheapest stands
/// in the branch of an <c>If</c>, so that only the chosen ones run.
/// </summary>
internal sealed class RoutedGraph
{
    private readonly RoutedScorer _scorer;
    private readonly LowestResolutionFeatures _features;
    private readonly ScorerGraph[] _scorers;
    private readonly GraphWriter _writer = new();

    private RoutedGraph(RoutedScorer scorer)
    {
        _scorer = scorer;
        _features = (LowestResolutionFeatures)scorer.Policy.Features;
        _scorers = scorer.Scorers.Select((s, i) => new ScorerGraph(s, i)).ToArray();
    }

    /// <summary>Builds the model.</summary>
    /// <param name="scorer">The router.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="format">Form of the input.</param>
    /// <param name="outputs">Names of the outputs.</param>
    /// <exception cref="NotSupportedException">The models cannot stand in one graph.</exception>
    public static ModelProto Build(RoutedScorer scorer, string input, ExportedImageFormat format, RoutedGraphOutputs outputs)
    {
        var graph = new RoutedGraph(scorer);
        var model = new ModelProto { ProducerName = "Microsoft.ML.OtdRouting", IrVersion = graph._scorers.Max(s => s.Model.IrVersion) };
        model.OpsetImport.AddRange(OperatorSets.Of(graph._scorers));
        graph.Write(input, format, outputs);
        model.Graph = graph._writer.Graph;
        return model;
    }

    private void Write(string input, ExportedImageFormat format, RoutedGraphOutputs outputs)
    {
        var image = Input(input, format);
        var (output, embedding) = _scorers[0].Write(_writer, image);
        var fold = Fold(image);
        var routeScores = RouteScores(Features(output, embedding, fold), fold);
        var route = _writer.Node("ArgMax", [routeScores], GraphWriter.Integer("axis", 1), GraphWriter.Integer("keepdims", 0));
        var probabilities = Probabilities(image, output, route);
        var routes = _scorer.Routes;
        var classes = _scorer.Classes;
        var byKey = classes.IsIdentity
            ? probabilities
            : _writer.Node(
                "Gather",
                [probabilities, _writer.Constant(Enumerable.Range(0, classes.Count).Select(k => (long)classes.ClassOfKey(k)).ToArray(), classes.Count)],
                GraphWriter.Integer("axis", 1));
        var cost = _writer.Node("Gather", [_writer.Constant(routes.Select(r => (float)r.Cost).ToArray(), routes.Count), route]);
        _writer.Output(byKey, outputs.Score, DataType.Float, 1, classes.Count);
        _writer.Output(routeScores, outputs.RouteScores, DataType.Float, 1, routes.Count);
        _writer.Output(cost, outputs.Cost, DataType.Float, 1);
        if (outputs.RouteIndex is { } index)
        {
            _writer.Output(route, index, DataType.Int64, 1);
        }

        if (outputs.RouteName is { } routeName)
        {
            _writer.Output(Lookup(routes.Select(r => r.Name).ToList(), route), routeName, DataType.String, 1);
        }

        if (outputs.ClassName is { } className)
        {
            var best = _writer.Node("ArgMax", [byKey], GraphWriter.Integer("axis", 1), GraphWriter.Integer("keepdims", 0));
            _writer.Output(Lookup(classes.Names, best), className, DataType.String, 1);
        }
    }

    private string Lookup(IReadOnlyList<string> texts, string index) => _writer.Node("Gather", [_writer.Constant(texts), index]);

    /// <summary>The image as planar RGB floats, whatever form it comes in.</summary>
    private string Input(string name, ExportedImageFormat format)
    {
        if (format == ExportedImageFormat.PlanarFloat)
        {
            _writer.Graph.Input.Add(GraphWriter.Value(name, DataType.Float, 1, 3, _scorer.ImageHeight, _scorer.ImageWidth));
            return name;
        }

        _writer.Graph.Input.Add(GraphWriter.Value(name, DataType.Uint8, 1, _scorer.ImageHeight, _scorer.ImageWidth, 3));
        var floats = _writer.Node("Cast", [name], GraphWriter.Integer("to", (long)DataType.Float));
        return _writer.Node("Transpose", [floats], GraphWriter.Integers("perm", 0, 3, 1, 2));
    }

    /// <summary>As <see cref="RowFold"/>, in the same integer arithmetic.</summary>
    private string Fold(string image)
    {
        var whole = _writer.Node("Cast", [image], GraphWriter.Integer("to", (long)DataType.Int64));
        var sum = _writer.Node("ReduceSum", [whole], GraphWriter.Integer("keepdims", 0));
        var modulus = _writer.Constant([RowFold.Modulus], 1);
        var remainder = _writer.Node("Mod", [_writer.Node("Reshape", [sum, _writer.Constant([1L], 1)]), modulus]);
        var hash = _writer.Node("Mod", [_writer.Node("Mul", [remainder, _writer.Constant([RowFold.Multiplier], 1)]), modulus]);
        return _writer.Node("Div", [_writer.Node("Mul", [hash, _writer.Constant([(long)_scorer.Policy.FoldCount], 1)]), modulus]);
    }

    /// <summary>As <see cref="LowestResolutionFeatures"/>, restated as by <see cref="FeatureCalibration"/>, [1, features].</summary>
    private string Features(string output, string? embedding, string fold)
    {
        var raw = _scorers[0].LogProbabilitiesOf(_writer, output, 1);
        var (probabilities, logarithms) = _scorer.Policy.FeatureCalibration is { } calibration
            ? Calibrated(raw, calibration, fold)
            : (_writer.Node("Exp", [raw]), raw);
        var top = _writer.Node(
            "TopK",
            [probabilities, _writer.Constant([(long)_features.Top], 1)],
            [_writer.NewName("Top"), _writer.NewName("TopIndices")],
            GraphWriter.Integer("axis", 1))[0];
        var least = _writer.Constant([LowestResolutionFeatures.LeastProbability]);
        var topLogarithms = _writer.Node("Log", [_writer.Node("Max", [top, least])]);
        var first = Slice(top, 0);
        var second = _features.Top > 1 ? Slice(top, 1) : _writer.Constant([0f], 1, 1);
        var margin = _writer.Node("Sub", [first, second]);
        var entropy = _writer.Node("Neg", [_writer.Node("ReduceSum", [_writer.Node("Mul", [probabilities, logarithms]), _writer.Constant([1L], 1)])]);
        var doubt = _writer.Node("Log", [_writer.Node("Max", [_writer.Node("Sub", [_writer.Constant([1f]), first]), least])]);
        List<string> parts = _features.SingleClasses > 0 ? [raw] : [];
        parts.AddRange([top, topLogarithms, margin, entropy, doubt]);
        if (embedding is not null && _features.HasEmbedding)
        {
            parts.Add(_writer.Node("Reshape", [embedding, _writer.Constant([1L, -1], 2)]));
        }

        return _writer.Node("Concat", parts, GraphWriter.Integer("axis", 1));
    }

    /// <summary>The calibrated probabilities of the cheapest resolution, by the pool of the image's fold, and their logarithms.</summary>
    private (string Probabilities, string Logarithms) Calibrated(string raw, FeatureCalibration calibration, string fold)
    {
        var classes = _features.SingleClasses;
        var folds = calibration.Pools.Count;
        var scaled = _writer.Node("Mul", [raw, _writer.Constant([calibration.InverseTemperature])]);
        var least = _writer.Constant([LogProbabilities.Least]);
        var member = _writer.Node("Max", [_writer.Node("LogSoftmax", [scaled], GraphWriter.Integer("axis", 1)), least]);
        var matrices = calibration.Pools.SelectMany(pool => PoolMatrix(pool, classes)).ToArray();
        var matrix = _writer.Node("Gather", [_writer.Constant(matrices, folds, classes, classes), fold]);
        var product = _writer.Node("MatMul", [member, _writer.Node("Reshape", [matrix, _writer.Constant([(long)classes, classes], 2)])]);
        var bias = _writer.Node("Gather", [_writer.Constant(calibration.Pools.SelectMany(p => p.Bias).ToArray(), folds, classes), fold]);
        var probabilities = _writer.Node("Softmax", [_writer.Node("Add", [product, bias])], GraphWriter.Integer("axis", 1));
        return (probabilities, _writer.Node("Max", [_writer.Node("Log", [probabilities]), least]));
    }

    /// <summary>v·I + Δ of a pool with one member, transposed: [C, C].</summary>
    private static float[] PoolMatrix(LogPool pool, int classes)
    {
        var matrix = new float[classes * classes];
        for (var d = 0; d < classes; d++)
        {
            matrix[(d * classes) + d] = pool.Weights[0];
            for (var c = 0; pool.Mixing is not null && c < classes; c++)
            {
                matrix[(d * classes) + c] += pool.Mixing[(c * classes) + d];
            }
        }

        return matrix;
    }

    private string Slice(string matrix, long column) =>
        _writer.Node("Slice", [matrix, _writer.Constant([column], 1), _writer.Constant([column + 1], 1), _writer.Constant([1L], 1)]);

    /// <summary>Price minus predicted loss of every route, [1, K]: the predictor is the one of the image's fold.</summary>
    private string RouteScores(string features, string fold)
    {
        var policy = _scorer.Policy;
        var folds = policy.FoldCount;
        var routes = _scorer.Routes.Count;
        var count = policy.FeatureCount;
        // Transposed to features × routes, so that a row of features can be multiplied from the left.
        var weights = new float[folds * count * routes];
        var offsets = new float[folds * routes];
        for (var f = 0; f < folds; f++)
        {
            var predictor = policy.Predictors[f];
            for (var k = 0; k < routes; k++)
            {
                offsets[(f * routes) + k] = policy.Calibration.Prices[k] - predictor.Bias[k];
                for (var i = 0; i < count; i++)
                {
                    weights[(((f * count) + i) * routes) + k] = -predictor.Weights[(k * count) + i];
                }
            }
        }

        var product = _writer.Node("MatMul", [features, OfFold(weights, count, routes, fold)]);
        var scores = _writer.Node("Add", [product, _writer.Node("Gather", [_writer.Constant(offsets, folds, routes), fold])]);
        return policy.Predictors[0].Hidden is { } hidden
            ? _writer.Node("Sub", [scores, Correction(features, hidden.Units, fold)])
            : scores;
    }

    /// <summary>As <see cref="HiddenLayer"/>, [1, K], by the layer of the image's fold.</summary>
    private string Correction(string features, int units, string fold)
    {
        var layers = _scorer.Policy.Predictors.Select(p => p.Hidden!).ToList();
        var (count, routes) = (_scorer.Policy.FeatureCount, _scorer.Routes.Count);
        var input = layers.SelectMany(l => Transposed(l.Input, units, count)).ToArray();
        var output = layers.SelectMany(l => Transposed(l.Output, routes, units)).ToArray();
        var bias = _writer.Node("Gather", [_writer.Constant(layers.SelectMany(l => l.Bias).ToArray(), layers.Count, units), fold]);
        var sums = _writer.Node("Add", [_writer.Node("MatMul", [features, OfFold(input, count, units, fold)]), bias]);
        return _writer.Node("MatMul", [_writer.Node("Relu", [sums]), OfFold(output, units, routes, fold)]);
    }

    /// <summary>The matrix of the image's fold, from those of all folds.</summary>
    private string OfFold(float[] matrices, long height, long width, string fold)
    {
        var matrix = _writer.Node("Gather", [_writer.Constant(matrices, matrices.Length / (height * width), height, width), fold]);
        return _writer.Node("Reshape", [matrix, _writer.Constant([height, width], 2)]);
    }

    private static IEnumerable<float> Transposed(float[] matrix, int height, int width) =>
        Enumerable.Range(0, matrix.Length).Select(i => matrix[(i % height * width) + (i / height)]);

    /// <summary>The pooled probabilities of the chosen route, [1, C], in the models' class order.</summary>
    private string Probabilities(string image, string output, string route)
    {
        var temperatures = _scorer.Ensemble.InverseTemperatures;
        var members = new List<string> { _scorers[0].LogProbabilitiesOf(_writer, output, temperatures[0]) };
        for (var resolution = 1; resolution < _scorers.Length; resolution++)
        {
            members.Add(WhenChosen(image, route, resolution, temperatures[resolution]));
        }

        var routes = _scorer.Routes.Count;
        var classes = _scorer.Classes.Count;
        var pools = _scorer.Ensemble.Pools;
        var biases = pools.SelectMany(p => p.Bias).ToArray();
        var scores = _writer.Node("Gather", [_writer.Constant(biases, routes, classes), route]);
        var all = _writer.Node("Concat", members, GraphWriter.Integer("axis", 1));
        if (pools.Any(p => p.Mixing is not null))
        {
            var matrix = _writer.Node("Gather", [_writer.Constant(PoolMatrices(), routes, _scorers.Length * classes, classes), route]);
            var flat = _writer.Node("Reshape", [matrix, _writer.Constant([(long)_scorers.Length * classes, classes], 2)]);
            scores = _writer.Node("Add", [scores, _writer.Node("MatMul", [all, flat])]);
        }
        else
        {
            var weights = _writer.Node("Gather", [_writer.Constant(PoolWeights(), routes, _scorers.Length), route]);
            var rows = _writer.Node("Reshape", [all, _writer.Constant([(long)_scorers.Length, classes], 2)]);
            scores = _writer.Node("Add", [scores, _writer.Node("MatMul", [weights, rows])]);
        }

        return _writer.Node("Softmax", [scores], GraphWriter.Integer("axis", 1));
    }

    /// <summary>Log-probabilities of a resolution if the route contains it; otherwise zeros, which meet zero weights.</summary>
    private string WhenChosen(string image, string route, int resolution, float inverseTemperature)
    {
        var contains = _scorer.Routes.Select(r => r.Contains(resolution)).ToArray();
        var chosen = _writer.Node("Gather", [_writer.Constant(contains, contains.Length), route]);
        var condition = _writer.Node("Reshape", [chosen, _writer.Constant(ReadOnlySpan<long>.Empty, 0)]);
        var classes = _scorer.Classes.Count;
        var run = _writer.Nested($"score{resolution}");
        var (output, _) = _scorers[resolution].Write(run, image);
        run.Output(_scorers[resolution].LogProbabilitiesOf(run, output, inverseTemperature), run.NewName("scored"), DataType.Float, 1, classes);
        var skip = _writer.Nested($"skip{resolution}");
        skip.Output(_writer.Constant(new float[classes], 1, classes), skip.NewName("skipped"), DataType.Float, 1, classes);
        return _writer.Node("If", [condition], GraphWriter.Branch("then_branch", run.Graph), GraphWriter.Branch("else_branch", skip.Graph));
    }

    /// <summary>Weights of all resolutions in all routes, [K, R]; zero where a route lacks a resolution.</summary>
    private float[] PoolWeights()
    {
        var weights = new float[_scorer.Routes.Count * _scorers.Length];
        for (var k = 0; k < _scorer.Routes.Count; k++)
        {
            var members = _scorer.Routes[k].Resolutions;
            for (var m = 0; m < members.Count; m++)
            {
                weights[(k * _scorers.Length) + members[m]] = _scorer.Ensemble.Pools[k].Weights[m];
            }
        }

        return weights;
    }

    /// <summary>v·I + Δ of all resolutions in all routes, transposed: [K, R·C, C].</summary>
    private float[] PoolMatrices()
    {
        var classes = _scorer.Classes.Count;
        var height = _scorers.Length * classes;
        var matrices = new float[_scorer.Routes.Count * height * classes];
        for (var k = 0; k < _scorer.Routes.Count; k++)
        {
            var members = _scorer.Routes[k].Resolutions;
            var pool = _scorer.Ensemble.Pools[k];
            for (var m = 0; m < members.Count; m++)
            {
                for (var d = 0; d < classes; d++)
                {
                    var row = (((k * height) + (members[m] * classes) + d) * classes);
                    matrices[row + d] += pool.Weights[m];
                    for (var c = 0; pool.Mixing is not null && c < classes; c++)
                    {
                        matrices[row + c] += pool.Mixing[(((c * members.Count) + m) * classes) + d];
                    }
                }
            }
        }

        return matrices;
    }
}
