using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A fitted router as one ONNX graph for one image. Of a policy with two parts, each stands in the branch of an <c>If</c> on the image's content.
/// </summary>
internal sealed class RoutedGraph
{
    /// <summary>Of version 11 of the operators; constants need not be inputs of the graph, as before version 4.</summary>
    private const long LeastIrVersion = 6;

    private readonly RoutedScorer _scorer;
    private readonly SortedDictionary<int, ScorerGraph> _scorers;
    private readonly GraphWriter _writer = new();

    private RoutedGraph(RoutedScorer scorer)
    {
        _scorer = scorer;
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
        var (fold, position) = Place(image);
        var parts = _scorer.Models.Select((model, p) => new PartGraph(_scorer.Policy, p, model, _scorers)).ToList();
        var (answer, routeScores, route) = parts.Count == 1 ? parts[0].Write(_writer, image, fold) : OfPosition(parts, image, fold, position);
        var columns = parts[0].Columns(_writer, answer);
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

    /// <summary>As <see cref="RowPlace"/>, in the same integer arithmetic: fold and position, int64 [1] each.</summary>
    private (string Fold, string Position) Place(string image)
    {
        var whole = _writer.Node("Cast", [image], GraphWriter.Integer("to", (long)DataType.Int64));
        var sum = _writer.Node("ReduceSum", [whole], GraphWriter.Integer("keepdims", 0));
        var modulus = _writer.Constant([RowPlace.Modulus], 1);
        var remainder = _writer.Node("Mod", [_writer.Node("Reshape", [sum, _writer.Constant([1L], 1)]), modulus]);
        var hash = _writer.Node("Mod", [_writer.Node("Mul", [remainder, _writer.Constant([RowPlace.Multiplier], 1)]), modulus]);
        var place = _writer.Node("Mul", [hash, _writer.Constant([(long)_scorer.Policy.FoldCount], 1)]);
        return (_writer.Node("Div", [place, modulus]), _writer.Node("Mod", [place, modulus]));
    }

    /// <summary>The part that an image's position falls into; the other one does not run.</summary>
    private PartValues OfPosition(List<PartGraph> parts, string image, string fold, string position)
    {
        var first = _writer.Node("Less", [position, _writer.Constant([(long)_scorer.Policy.EndOf(0)], 1)]);
        var condition = _writer.Node("Reshape", [first, _writer.Constant(ReadOnlySpan<long>.Empty, 0)]);
        var branches = parts.Select((part, p) =>
        {
            var branch = _writer.Nested($"part{p}");
            var values = part.Write(branch, image, fold);
            branch.Output(values.Answer, branch.NewName("answer"), DataType.Float, 1, _scorer.Task.AnswerLength);
            branch.Output(values.RouteScores, branch.NewName("scores"), DataType.Float, 1, _scorer.Routes.Count);
            branch.Output(values.Route, branch.NewName("route"), DataType.Int64, 1);
            return branch.Graph;
        }).ToList();
        var chosen = _writer.Node(
            "If",
            [condition],
            [_writer.NewName("Answer"), _writer.NewName("RouteScores"), _writer.NewName("Route")],
            GraphWriter.Branch("then_branch", branches[0]),
            GraphWriter.Branch("else_branch", branches[1]));
        return new PartValues(chosen[0], chosen[1], chosen[2]);
    }
}
