using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A fitted router as one ONNX graph for one image: first look, policy, prices, the chosen scorers, the answer. Every scorer but the first look
/// stands in the branch of an <c>If</c>, so that only the chosen ones run.
/// </summary>
internal sealed class RoutedGraph
{
    /// <summary>Of version 11 of the operators; constants need not be inputs of the graph, as before version 4.</summary>
    private const long LeastIrVersion = 6;

    private readonly RoutedScorer _scorer;
    private readonly TaskGraph _task;
    private readonly SortedDictionary<int, ScorerGraph> _scorers;
    private readonly GraphWriter _writer = new();

    private RoutedGraph(RoutedScorer scorer)
    {
        _scorer = scorer;
        _task = scorer.Model.CreateGraph();
        _scorers = new SortedDictionary<int, ScorerGraph>(scorer.UsedResolutions.ToDictionary(r => r, r => new ScorerGraph(scorer.Scorers[r], r)));
    }

    /// <summary>Throws where models cannot stand in one graph, whatever router is fitted between them.</summary>
    /// <param name="scorers">The models.</param>
    /// <exception cref="NotSupportedException">The models cannot stand in one graph; the message says why and what to do.</exception>
    public static void RequireOneGraph(IReadOnlyList<ResolutionScorer> scorers) =>
        OperatorSets.Of(scorers.Select((s, i) => new ScorerGraph(s, i)).ToList());

    /// <summary>Builds the model.</summary>
    /// <param name="scorer">The router.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="format">Form of the input.</param>
    /// <param name="outputs">Names of the outputs.</param>
    /// <returns>The model, and the columns of the task in it.</returns>
    /// <exception cref="NotSupportedException">The models cannot stand in one graph.</exception>
    public static (ModelProto Model, IReadOnlyList<GraphColumn> Columns) Build(
        RoutedScorer scorer, string input, ExportedImageFormat format, RoutedGraphOutputs outputs)
    {
        var graph = new RoutedGraph(scorer);
        var model = new ModelProto { ProducerName = "Microsoft.ML.OtdRouting", IrVersion = graph._scorers.Values.Max(s => Math.Max(s.Model.IrVersion, LeastIrVersion)) };
        model.OpsetImport.AddRange(OperatorSets.Of(graph._scorers.Values));
        var columns = graph.Write(input, format, outputs);
        model.Graph = graph._writer.Graph;
        return (model, columns);
    }

    private IReadOnlyList<GraphColumn> Write(string input, ExportedImageFormat format, RoutedGraphOutputs outputs)
    {
        var image = Input(input, format);
        var firstLook = _scorer.Model.FirstLook;
        var seen = _scorers[firstLook].Write(_writer, image);
        var fold = Fold(image);
        var routeScores = RouteScores(_task.Features(_writer, seen, fold), fold);
        var route = _writer.Node("ArgMax", [routeScores], GraphWriter.Integer("axis", 1), GraphWriter.Integer("keepdims", 0));
        var members = _scorers.Keys
            .Select(r => (r, r == firstLook ? _task.Member(_writer, r, seen) : WhenChosen(image, route, r)))
            .ToList();
        var columns = _task.Columns(_writer, _task.Answer(_writer, members, route));
        foreach (var column in columns)
        {
            if (column.KeyValues is null)
            {
                _writer.Output(column.Value, column.Name, column.Type, column.Shape);
            }
            else if (outputs.KeyPrefix is { } prefix)
            {
                _writer.Output(column.Value, prefix + column.Name, column.Type, column.Shape);
            }
        }

        var routes = _scorer.Routes;
        _writer.Output(routeScores, outputs.RouteScores, DataType.Float, 1, routes.Count);
        var cost = _writer.Node("Gather", [_writer.Constant(routes.Select(r => (float)r.Cost).ToArray(), routes.Count), route]);
        _writer.Output(cost, outputs.Cost, DataType.Float, 1);
        if (outputs.RouteIndex is { } index)
        {
            _writer.Output(route, index, DataType.Int64, 1);
        }

        if (outputs.RouteName is { } routeName)
        {
            _writer.Output(_writer.Lookup(routes.Select(r => r.Name).ToList(), route), routeName, DataType.String, 1);
        }

        return columns;
    }

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

    /// <summary>Price minus predicted loss of every route, [1, K]: the predictor is the one of the image's fold.</summary>
    private string RouteScores(string features, string fold)
    {
        var policy = _scorer.Policy;
        var folds = policy.FoldCount;
        var routes = _scorer.Routes.Count;
        var count = _scorer.Model.FeatureCount;
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
        return scores;
    }

    /// <summary>The matrix of the image's fold, from those of all folds.</summary>
    private string OfFold(float[] matrices, long height, long width, string fold)
    {
        var matrix = _writer.Node("Gather", [_writer.Constant(matrices, matrices.Length / (height * width), height, width), fold]);
        return _writer.Node("Reshape", [matrix, _writer.Constant([height, width], 2)]);
    }

    /// <summary>What a resolution says if the route contains it; otherwise zeros.</summary>
    private string WhenChosen(string image, string route, int resolution)
    {
        var contains = _scorer.Routes.Select(r => r.Contains(resolution)).ToArray();
        var chosen = _writer.Node("Gather", [_writer.Constant(contains, contains.Length), route]);
        var condition = _writer.Node("Reshape", [chosen, _writer.Constant(ReadOnlySpan<long>.Empty, 0)]);
        var length = _task.MemberLength(resolution);
        var run = _writer.Nested($"score{resolution}");
        run.Output(_task.Member(run, resolution, _scorers[resolution].Write(run, image)), run.NewName("scored"), DataType.Float, 1, length);
        var skip = _writer.Nested($"skip{resolution}");
        skip.Output(_writer.Constant(new float[length], 1, length), skip.NewName("skipped"), DataType.Float, 1, length);
        return _writer.Node("If", [condition], GraphWriter.Branch("then_branch", run.Graph), GraphWriter.Branch("else_branch", skip.Graph));
    }
}
