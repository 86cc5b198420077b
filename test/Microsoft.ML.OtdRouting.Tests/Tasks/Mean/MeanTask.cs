using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Mean;

/// <summary>
/// A task that only the tests know: the answer is the mean of the models' outputs, and the loss its squared distance to a column. It is this
/// folder and one registration; nothing of the library was changed for it.
/// </summary>
internal sealed class MeanTask : RoutingTask
{
    public static TaskKind Kind { get; } = new("mean", (_, _) => new BoundMean(new MeanTask()));

    public override string Name => "mean";

    internal override IReadOnlyList<string> OutputColumnNames => ["Prediction"];

    internal override RoutingTask Freeze() => this;

    internal override void Validate()
    {
    }

    internal override IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input) => [ShapeColumns.Vector("Prediction")];

    internal override BoundTask Bind(DataViewSchema input, ScorerSet scorers) => new BoundMean(this);

    internal override IReadOnlyList<TaskMeasure> Evaluate(IDataView scored)
    {
        var error = scored.GetColumn<float[]>("Prediction").Zip(scored.GetColumn<float>("Truth"), (p, t) => (p[0] - t) * (p[0] - t)).ToArray();
        return [new TaskMeasure("minus squared error", -error.Average(e => (double)e), ConfidenceInterval.None)];
    }
}

/// <summary>The task with its models.</summary>
internal sealed class BoundMean(MeanTask task) : BoundTask
{
    public override RoutingTask Task => task;

    public override string QualityName => "minus squared error";

    public override int TargetLength => 1;

    public override int AnswerLength => 1;

    public override IReadOnlyList<TaskColumn> Columns =>
    [
        new TaskColumn(
            "Prediction",
            new VectorDataViewType(NumberDataViewType.Single, 1),
            null,
            answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Vectors.Copy(answer(), ref value))),
    ];

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema) => [schema["Truth"]];

    public override TargetReader OpenTargets(DataViewRow row) => new TruthReader(row.GetGetter<float>(row.Schema["Truth"]));

    public override int KeptLength(int resolution) => 1;

    public override void Keep(int resolution, ImageOutput output, Span<float> kept)
    {
        kept[0] = 0;
        foreach (var value in output[0])
        {
            kept[0] += value / output[0].Length;
        }
    }

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken) => this;

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var heldOut = Enumerable.Range(0, observations.FoldCount).Select(fold => Fit(observations, firstLook, routes, row => observations.Fold(row) != fold)).ToArray();
        return (Fit(observations, firstLook, routes, _ => true), MeanModel.Outcomes(observations, routes, row => heldOut[observations.Fold(row)]));
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles) => new MeanModel(this, 0, singles, new float[singles.Count]);

    public override ByteString Save() => ByteString.Empty;

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) => new MeanModel(
        this, firstLook, routes, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(saved.Span).ToArray());

    private MeanModel Fit(Observations observations, int firstLook, IReadOnlyList<Route> routes, Func<int, bool> counts)
    {
        var plain = new MeanModel(this, firstLook, routes, new float[routes.Count]);
        var rows = Enumerable.Range(0, observations.Rows).Where(counts).ToArray();
        return new MeanModel(this, firstLook, routes, routes.Select((_, k) => rows.Average(row => observations.Target(row)[0] - plain.Predict(observations, row, k))).ToArray());
    }

    private sealed class TruthReader(ValueGetter<float> getter) : TargetReader
    {
        public override void Read(Span<float> target, Func<string> describeRow) => getter(ref target[0]);
    }
}

/// <summary>The mean of a route's members and an offset a route.</summary>
internal sealed class MeanModel(BoundMean task, int firstLook, IReadOnlyList<Route> routes, float[] offsets) : TaskModel(firstLook, routes)
{
    public override int FeatureCount => 2;

    public override int ScratchLength => 0;

    public float Offset(int route) => offsets[route];

    public override void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features) => (features[0], features[1]) = (kept[0], kept[0] * kept[0]);

    public override void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer) =>
        answer[0] = Routes[route].Resolutions.Average(r => window.Kept(r, slot)[0]) + offsets[route];

    public float Predict(Observations observations, int row, int route) =>
        Routes[route].Resolutions.Average(r => observations.Kept(r, row)[0]) + offsets[route];

    public override RouteOutcomes Outcomes(Observations observations) => Outcomes(observations, Routes, _ => this);

    public static RouteOutcomes Outcomes(Observations observations, IReadOnlyList<Route> routes, Func<int, MeanModel> modelOf)
    {
        var losses = new RouteTable(observations.Rows, routes.Count);
        for (var row = 0; row < observations.Rows; row++)
        {
            for (var k = 0; k < routes.Count; k++)
            {
                var error = modelOf(row).Predict(observations, row, k) - observations.Target(row)[0];
                losses[row, k] = error * error;
            }
        }

        var quality = new RouteTable(Array.ConvertAll(losses.Values, l => -l), routes.Count);
        return new RouteOutcomes(losses, losses, quality, quality, []);
    }

    public override TaskModel Select(IReadOnlyList<int> kept) => new MeanModel(task, FirstLook, kept.Select(k => Routes[k]).ToList(), kept.Select(k => offsets[k]).ToArray());

    public override ByteString Save() => ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(offsets));

    public override TaskGraph CreateGraph() => new MeanGraph(this);
}

/// <summary>The same as nodes of a graph.</summary>
internal sealed class MeanGraph(MeanModel model) : TaskGraph
{
    public override int MemberLength(int resolution) => 1;

    public override string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs) =>
        writer.Node("Reshape", [writer.Node("ReduceMean", [outputs[0]], GraphWriter.Integer("keepdims", 0)), writer.Constant([1L, 1], 2)]);

    public override string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold)
    {
        var mean = Member(writer, model.FirstLook, outputs);
        return writer.Node("Concat", [mean, writer.Node("Mul", [mean, mean])], GraphWriter.Integer("axis", 1));
    }

    public override string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route)
    {
        var weights = model.Routes.SelectMany(r => members.Select(m => r.Contains(m.Resolution) ? 1f / r.Resolutions.Count : 0)).ToArray();
        var all = writer.Node("Concat", members.Select(m => m.Value).ToList(), GraphWriter.Integer("axis", 1));
        var weighted = writer.Node("Mul", [all, writer.Node("Gather", [writer.Constant(weights, model.Routes.Count, members.Count), route])]);
        var sum = writer.Node("ReduceSum", [weighted, writer.Constant([1L], 1)]);
        var offsets = Enumerable.Range(0, model.Routes.Count).Select(model.Offset).ToArray();
        return writer.Node("Add", [sum, writer.Node("Gather", [writer.Constant(offsets, offsets.Length, 1), route])]);
    }

    public override IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer) => [new GraphColumn("Prediction", answer, DataType.Float, [1, 1], null)];
}
