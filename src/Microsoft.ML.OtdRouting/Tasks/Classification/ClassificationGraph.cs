using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Writes the features of the first look and the pools into an exported graph.</summary>
internal sealed class ClassificationGraph(BoundClassification task, ClassificationModel model) : TaskGraph
{
    private readonly int _classes = task.Classes.Count;

    public override int MemberLength(int resolution) => _classes;

    public override string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs) =>
        LogProbabilitiesOf(
            writer,
            Align(writer, model.Ensemble.Aligned == AlignedBy.Nothing ? null : task.AlignmentOf(resolution), null, Logits(writer, resolution, outputs[0])),
            model.Ensemble.InverseTemperatures[resolution]);

    public override string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold)
    {
        var features = model.Features!;
        var logits = Logits(writer, model.FirstLook, outputs[0]);
        var raw = LogProbabilitiesOf(writer, Align(writer, task.AlignmentOf(model.FirstLook), fold, logits), 1);
        var (probabilities, logarithms) = features.Pools is { } pools
            ? Calibrated(writer, raw, features.InverseTemperature, pools, fold)
            : (writer.Node("Exp", [raw]), raw);
        var top = writer.Node(
            "TopK",
            [probabilities, writer.Constant([(long)features.Top], 1)],
            [writer.NewName("Top"), writer.NewName("TopIndices")],
            GraphWriter.Integer("axis", 1))[0];
        var least = writer.Constant([FirstLookFeatures.LeastProbability]);
        var topLogarithms = writer.Node("Log", [writer.Node("Max", [top, least])]);
        var first = writer.Column(top, 0);
        var second = features.Top > 1 ? writer.Column(top, 1) : writer.Constant([0f], 1, 1);
        var margin = writer.Node("Sub", [first, second]);
        // Over all axes of one image: the axes are an attribute before version 13 of the operators and an input since, and so are not named.
        var entropy = writer.Node("Neg", [writer.Node("ReduceSum", [writer.Node("Mul", [probabilities, logarithms])])]);
        var doubt = writer.Node("Log", [writer.Node("Max", [writer.Node("Sub", [writer.Constant([1f]), first]), least])]);
        List<string> parts = features.SingleClasses > 0 ? [raw] : [];
        parts.AddRange([top, topLogarithms, margin, entropy, doubt]);
        if (features.EmbeddingLength > 0)
        {
            parts.Add(writer.Node("Reshape", [outputs[1], writer.Constant([1L, -1], 2)]));
        }

        return writer.Node("Concat", parts, GraphWriter.Integer("axis", 1));
    }

    public override string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route)
    {
        var routes = model.Routes.Count;
        var pools = model.Ensemble.Pools;
        var scores = writer.Node("Gather", [writer.Constant(pools.SelectMany(p => p.Bias).ToArray(), routes, _classes), route]);
        var all = writer.Node("Concat", members.Select(m => m.Value).ToList(), GraphWriter.Integer("axis", 1));
        var resolutions = members.Select(m => m.Resolution).ToList();
        if (pools.Any(p => p.Mixing is not null))
        {
            var matrix = writer.Node("Gather", [writer.Constant(PoolMatrices(resolutions), routes, members.Count * _classes, _classes), route]);
            var flat = writer.Node("Reshape", [matrix, writer.Constant([(long)members.Count * _classes, _classes], 2)]);
            scores = writer.Node("Add", [scores, writer.Node("MatMul", [all, flat])]);
        }
        else
        {
            var weights = writer.Node("Gather", [writer.Constant(PoolWeights(resolutions), routes, members.Count), route]);
            var rows = writer.Node("Reshape", [all, writer.Constant([(long)members.Count, _classes], 2)]);
            scores = writer.Node("Add", [scores, writer.Node("MatMul", [weights, rows])]);
        }

        var probabilities = writer.Node("Softmax", [scores], GraphWriter.Integer("axis", 1));
        return task.Classes.IsIdentity
            ? probabilities
            : writer.Node(
                "Gather",
                [probabilities, writer.Constant(Enumerable.Range(0, _classes).Select(k => (long)task.Classes.ClassOfKey(k)).ToArray(), _classes)],
                GraphWriter.Integer("axis", 1));
    }

    public override IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer)
    {
        var best = writer.Node("ArgMax", [answer], GraphWriter.Integer("axis", 1), GraphWriter.Integer("keepdims", 0));
        return
        [
            new GraphColumn(task.Task.ScoreColumnName, answer, DataType.Float, [1, _classes], null),
            new GraphColumn(task.Task.PredictedLabelColumnName, writer.Lookup(task.Classes.Names, best), DataType.String, [1], task.Classes.Names),
        ];
    }

    /// <summary>Logits [1, C] of a raw output, as <see cref="LogProbabilities.ToLogits"/> has them.</summary>
    private string Logits(GraphWriter writer, int resolution, string output)
    {
        var flat = writer.Node("Reshape", [output, writer.Constant([1L, -1], 2)]);
        if (task.Background(resolution) is { } background)
        {
            long[] others = [.. Enumerable.Range(0, _classes + 1).Where(i => i != background).Select(i => (long)i)];
            flat = writer.Node("Gather", [flat, writer.Constant(others, others.Length)], GraphWriter.Integer("axis", 1));
        }

        return task.OutputKind(resolution) == ModelOutputKind.Logits
            ? flat
            : writer.Node("Log", [writer.Node("Max", [flat, writer.Constant([1e-12f])])]);
    }

    /// <summary>Aligned logits [1, C], by the correction of a fold or, without one, by that of all rows.</summary>
    private string Align(GraphWriter writer, Alignment? alignment, string? fold, string logits)
    {
        if (alignment is null)
        {
            return logits;
        }

        string Correction(Func<Correction, float[]> of, int rows)
        {
            var all = alignment.Corrections;
            if (fold is null)
            {
                return writer.Constant(of(all[^1]), rows, _classes);
            }

            var folds = writer.Constant(all.Take(all.Count - 1).SelectMany(of).ToArray(), all.Count - 1, rows, _classes);
            return writer.Node("Reshape", [writer.Node("Gather", [folds, fold]), writer.Constant([(long)rows, _classes], 2)]);
        }

        // Over all axes of one image, which are not named, as above.
        logits = writer.Node("Sub", [logits, writer.Node("ReduceMean", [logits])]);
        var aligned = writer.Node("Add", [logits, Correction(c => c.Offset, 1)]);
        if (alignment.Rank == 0)
        {
            return aligned;
        }

        var directions = writer.Constant(alignment.Directions.ToArray(), alignment.Rank, _classes);
        var along = writer.Node("MatMul", [logits, writer.Node("Transpose", [directions])]);
        return writer.Node("Add", [aligned, writer.Node("MatMul", [along, Correction(c => c.Matrix, alignment.Rank)])]);
    }

    /// <summary>Log-probabilities [1, C] of logits, as <see cref="LogProbabilities.Normalise"/> has them.</summary>
    private string LogProbabilitiesOf(GraphWriter writer, string logits, float inverseTemperature)
    {
        var scaled = writer.Node("Mul", [logits, writer.Constant([inverseTemperature])]);
        var logarithms = writer.Node("LogSoftmax", [scaled], GraphWriter.Integer("axis", 1));
        return writer.Node("Max", [logarithms, writer.Constant([LogProbabilities.Least])]);
    }

    /// <summary>The calibrated probabilities of the first look, by the pool of the image's fold, and their logarithms.</summary>
    private (string Probabilities, string Logarithms) Calibrated(
        GraphWriter writer, string raw, float inverseTemperature, LogPool[] pools, string fold)
    {
        var scaled = writer.Node("Mul", [raw, writer.Constant([inverseTemperature])]);
        var least = writer.Constant([LogProbabilities.Least]);
        var member = writer.Node("Max", [writer.Node("LogSoftmax", [scaled], GraphWriter.Integer("axis", 1)), least]);
        string product;
        if (pools.Any(p => p.Mixing is not null))
        {
            var matrices = pools.SelectMany(PoolMatrix).ToArray();
            var matrix = writer.Node("Gather", [writer.Constant(matrices, pools.Length, _classes, _classes), fold]);
            product = writer.Node("MatMul", [member, writer.Node("Reshape", [matrix, writer.Constant([(long)_classes, _classes], 2)])]);
        }
        else
        {
            product = writer.Node("Mul", [member, writer.Node("Gather", [writer.Constant(pools.Select(p => p.Weights[0]).ToArray(), pools.Length), fold])]);
        }

        var bias = writer.Node("Gather", [writer.Constant(pools.SelectMany(p => p.Bias).ToArray(), pools.Length, _classes), fold]);
        var probabilities = writer.Node("Softmax", [writer.Node("Add", [product, bias])], GraphWriter.Integer("axis", 1));
        return (probabilities, writer.Node("Max", [writer.Node("Log", [probabilities]), least]));
    }

    /// <summary>v·I + Δ of a pool with one member, transposed: [C, C].</summary>
    private float[] PoolMatrix(LogPool pool)
    {
        var matrix = new float[_classes * _classes];
        for (var d = 0; d < _classes; d++)
        {
            matrix[(d * _classes) + d] = pool.Weights[0];
            for (var c = 0; pool.Mixing is not null && c < _classes; c++)
            {
                matrix[(d * _classes) + c] += pool.Mixing[(c * _classes) + d];
            }
        }

        return matrix;
    }

    /// <summary>Weights of the resolutions in all routes, [K, R]; zero where a route lacks a resolution.</summary>
    private float[] PoolWeights(List<int> resolutions)
    {
        var weights = new float[model.Routes.Count * resolutions.Count];
        for (var k = 0; k < model.Routes.Count; k++)
        {
            var members = model.Routes[k].Resolutions;
            for (var m = 0; m < members.Count; m++)
            {
                weights[(k * resolutions.Count) + resolutions.IndexOf(members[m])] = model.Ensemble.Pools[k].Weights[m];
            }
        }

        return weights;
    }

    /// <summary>v·I + Δ of the resolutions in all routes, transposed: [K, R·C, C].</summary>
    private float[] PoolMatrices(List<int> resolutions)
    {
        var height = resolutions.Count * _classes;
        var matrices = new float[model.Routes.Count * height * _classes];
        for (var k = 0; k < model.Routes.Count; k++)
        {
            var members = model.Routes[k].Resolutions;
            var pool = model.Ensemble.Pools[k];
            for (var m = 0; m < members.Count; m++)
            {
                for (var d = 0; d < _classes; d++)
                {
                    var row = ((k * height) + (resolutions.IndexOf(members[m]) * _classes) + d) * _classes;
                    matrices[row + d] += pool.Weights[m];
                    for (var c = 0; pool.Mixing is not null && c < _classes; c++)
                    {
                        matrices[row + c] += pool.Mixing[(((c * members.Count) + m) * _classes) + d];
                    }
                }
            }
        }

        return matrices;
    }
}
