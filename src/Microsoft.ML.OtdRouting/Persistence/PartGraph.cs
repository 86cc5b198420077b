using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Tasks;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// Writes one part of a router's policy: its first look, the policy, the chosen scorers, the answer. Every scorer but the first look stands in the
/// branch of an <c>If</c>, so that only the chosen ones run.
/// </summary>
/// <param name="mix">The policy of the router.</param>
/// <param name="part">The part.</param>
/// <param name="model">Answers of its routes.</param>
/// <param name="scorers">The resolutions.</param>
internal sealed class PartGraph(PolicyMix mix, int part, TaskModel model, IReadOnlyDictionary<int, ScorerGraph> scorers)
{
    private readonly PolicyPart _part = mix.Parts[part];
    private readonly IReadOnlyList<int> _places = mix.PlacesOf(part);
    private readonly TaskGraph _task = model.CreateGraph();

    /// <summary>Makes the columns of the task of an answer.</summary>
    public IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer) => _task.Columns(writer, answer);

    /// <summary>Writes the part.</summary>
    /// <param name="writer">The graph, or the branch of one.</param>
    /// <param name="image">Planar RGB at the largest resolution, [1, 3, H, W].</param>
    /// <param name="fold">The image's fold: int64 [1].</param>
    public PartValues Write(GraphWriter writer, string image, string fold)
    {
        var seen = scorers[model.FirstLook].Write(writer, image);
        var looks = _part.Routes.Count > 1;
        var own = looks ? RouteScores(writer, _task.Features(writer, seen, fold), fold) : writer.Constant([0f], 1, 1);
        var chosen = looks
            ? writer.Node("ArgMax", [own], GraphWriter.Integer("axis", 1), GraphWriter.Integer("keepdims", 0))
            : writer.Constant([0L], 1);
        var members = _part.Routes.SelectMany(r => r.Resolutions).Distinct().Order()
            .Select(r => (r, r == model.FirstLook ? _task.Member(writer, r, seen) : WhenChosen(writer, image, chosen, r)))
            .ToList();
        var answer = _task.Answer(writer, members, chosen);
        return mix.Parts.Count == 1
            ? new PartValues(answer, own, chosen)
            : new PartValues(answer, AmongAll(writer, own), writer.Node("Gather", [writer.Constant(_places.Select(p => (long)p).ToArray(), _places.Count), chosen]));
    }

    /// <summary>The scores of the part's routes in their places, and minus infinity in those of others: [1, K].</summary>
    private string AmongAll(GraphWriter writer, string own)
    {
        var none = writer.Constant([float.NegativeInfinity], 1, 1);
        var with = writer.Node("Concat", [own, none], GraphWriter.Integer("axis", 1));
        var places = Enumerable.Repeat((long)_places.Count, mix.Routes.Count).ToArray();
        for (var k = 0; k < _places.Count; k++)
        {
            places[_places[k]] = k;
        }

        return writer.Node("Gather", [with, writer.Constant(places, places.Length)], GraphWriter.Integer("axis", 1));
    }

    /// <summary>Price minus predicted loss of every route, [1, K]: the predictor is the one of the image's fold.</summary>
    private string RouteScores(GraphWriter writer, string features, string fold)
    {
        var policy = _part.Policy;
        var folds = policy.FoldCount;
        var routes = _part.Routes.Count;
        var count = model.FeatureCount;
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

        var matrices = writer.Constant(weights, folds, count, routes);
        var matrix = writer.Node("Reshape", [writer.Node("Gather", [matrices, fold]), writer.Constant([(long)count, routes], 2)]);
        var product = writer.Node("MatMul", [features, matrix]);
        return writer.Node("Add", [product, writer.Node("Gather", [writer.Constant(offsets, folds, routes), fold])]);
    }

    /// <summary>What a resolution says if the route contains it; otherwise zeros.</summary>
    private string WhenChosen(GraphWriter writer, string image, string route, int resolution)
    {
        var contains = _part.Routes.Select(r => r.Contains(resolution)).ToArray();
        var chosen = writer.Node("Gather", [writer.Constant(contains, contains.Length), route]);
        var condition = writer.Node("Reshape", [chosen, writer.Constant(ReadOnlySpan<long>.Empty, 0)]);
        var length = _task.MemberLength(resolution);
        var run = writer.Nested($"score{resolution}");
        run.Output(_task.Member(run, resolution, scorers[resolution].Write(run, image)), run.NewName("scored"), DataType.Float, 1, length);
        var skip = writer.Nested($"skip{resolution}");
        skip.Output(writer.Constant(new float[length], 1, length), skip.NewName("skipped"), DataType.Float, 1, length);
        return writer.Node("If", [condition], GraphWriter.Branch("then_branch", run.Graph), GraphWriter.Branch("else_branch", skip.Graph));
    }
}

/// <summary>What a part of a policy says of an image.</summary>
/// <param name="Answer">The answer: [1, floats of an answer].</param>
/// <param name="RouteScores">What the routes are worth: [1, K].</param>
/// <param name="Route">The route: int64 [1].</param>
internal sealed record PartValues(string Answer, string RouteScores, string Route);
