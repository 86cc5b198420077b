using System.Numerics.Tensors;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Classification with the classes of a label column and the outputs of models.</summary>
internal sealed class BoundClassification : BoundTask
{
    public const string Accuracy = "accuracy";
    public const string LogLoss = "log-loss";

    private readonly ClassificationTask _task;
    private readonly KeyDataViewType _labelType;
    private readonly DataViewSchema.Annotations? _labelNames;
    private readonly IReadOnlyList<ResolutionScorer> _scorers;
    private readonly IReadOnlyList<double> _costs;
    private readonly ScorerSet _scorerSet;
    private readonly KnownPools _known;

    /// <param name="task">The task.</param>
    /// <param name="classes">Labels and classes, matched.</param>
    /// <param name="labelType">Type of the label, which the predicted label takes.</param>
    /// <param name="labelNames">The values of the label's keys, which go on to the predicted label; null for none.</param>
    /// <param name="scorers">The resolutions, in ascending order of cost.</param>
    /// <param name="alignments">Alignments of the resolutions, null for those that are as they are; empty before they are settled.</param>
    /// <param name="known">Pools that have been fitted to the same labels; null for none.</param>
    public BoundClassification(
        ClassificationTask task,
        ClassMap classes,
        KeyDataViewType labelType,
        DataViewSchema.Annotations? labelNames,
        ScorerSet scorers,
        IReadOnlyList<Alignment?>? alignments = null,
        KnownPools? known = null)
    {
        _task = task;
        _known = known ?? new KnownPools();
        Classes = classes;
        _labelType = labelType;
        _labelNames = labelNames;
        _scorers = scorers.Scorers;
        _costs = scorers.Costs;
        _scorerSet = scorers;
        Alignments = alignments ?? [];
    }

    /// <inheritdoc/>
    public override ClassificationTask Task => _task;

    /// <summary>Labels and classes, matched.</summary>
    public ClassMap Classes { get; }

    /// <summary>Alignments of the resolutions, null for those that are as they are; empty where there are none.</summary>
    public IReadOnlyList<Alignment?> Alignments { get; }

    public KeyDataViewType LabelType => _labelType;

    /// <summary>Whether the label's keys have values.</summary>
    public bool HasLabelNames => _labelNames?.Schema.GetColumnOrNull(Annotations.KeyValues) is not null;

    public override string QualityName => Accuracy;

    public override bool HasBoundedQuality => true;

    public override int? Folds => AlignedFolds;

    public override string LossName => _task.Loss.Name;

    public override IReadOnlyList<BoundTask> OtherLosses =>
        new[] { RoutingLoss.SmoothedError, RoutingLoss.ExpectedError, RoutingLoss.CrossEntropy, RoutingLoss.ZeroOne }.Where(l => l.Name != LossName).Select(With).ToList();

    public override int TargetLength => _task.Teacher?.ColumnName is null ? 1 : 2;

    public override int AnswerLength => Classes.Count;

    public override IReadOnlyList<TaskColumn> Columns =>
    [
        new TaskColumn(
            _task.ScoreColumnName,
            new VectorDataViewType(NumberDataViewType.Single, Classes.Count),
            Annotations.Texts(Annotations.SlotNames, Classes.Names),
            answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Vectors.Copy(answer(), ref value))),
        new TaskColumn(_task.PredictedLabelColumnName, _labelType, _labelNames, PredictedLabel),
    ];

    /// <summary>Number of resolutions.</summary>
    public int ResolutionCount => _scorers.Count;

    /// <summary>The model of a resolution.</summary>
    public ResolutionScorer Scorer(int resolution) => _scorers[resolution];

    /// <summary>What the outputs of a resolution are.</summary>
    public ModelOutputKind OutputKind(int resolution) => _scorers[resolution].Resolution.OutputKind;

    /// <summary>Logits of what is kept of an output.</summary>
    public void ReadLogits(int resolution, ReadOnlySpan<float> kept, Span<float> target) =>
        LogProbabilities.ToLogits(OutputKind(resolution), kept[..Classes.Count], target);

    /// <summary>Aligns logits, where the resolution has an alignment.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="aligned">By which corrections.</param>
    /// <param name="fold">The image's fold.</param>
    /// <param name="logits">One number a class.</param>
    public void Align(int resolution, AlignedBy aligned, int fold, Span<float> logits)
    {
        if (aligned != AlignedBy.Nothing && AlignmentOf(resolution) is { } alignment)
        {
            alignment.Apply(aligned == AlignedBy.AllRows ? alignment.Corrections[^1] : alignment.Corrections[fold], logits);
        }
    }

    /// <summary>The alignment of a resolution; null where it is as it is.</summary>
    public Alignment? AlignmentOf(int resolution) => resolution < Alignments.Count ? Alignments[resolution] : null;

    /// <summary>Folds that alignments are fitted by; null where nothing is aligned.</summary>
    public int? AlignedFolds => Alignments.FirstOrDefault(a => a is not null)?.Corrections.Count - 1;

    /// <summary>Index of the output of a resolution that is no class; null where all are classes.</summary>
    public int? Background(int resolution) => _scorers[resolution].OutputLength > Classes.Count ? _task.Background : null;

    /// <summary>Length of the embedding that is kept of a resolution: the first one's alone, since only a first look is described by it.</summary>
    public int EmbeddingLength(int resolution) => resolution == 0 ? _scorers[0].EmbeddingLength : 0;

    /// <inheritdoc/>
    public override string Tell(ReadOnlySpan<float> answer) => Classes.Names[ArgMax.Of(answer)];

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema)
    {
        var teacher = _task.Teacher?.Bind(schema);
        var hasLabel = _task.Teacher is null || schema.GetColumnOrNull(_task.LabelColumnName) is not null;
        return
        [
            .. hasLabel ? [KeyColumn.Bind(schema, _task.LabelColumnName)] : Array.Empty<DataViewSchema.Column>(),
            .. teacher is { } column && column.Name != _task.LabelColumnName ? [column] : Array.Empty<DataViewSchema.Column>(),
        ];
    }

    public override TargetReader OpenTargets(DataViewRow row) => new LabelReader(_task, Classes, row);

    public override int KeptLength(int resolution) => Classes.Count + EmbeddingLength(resolution);

    public override void Keep(int resolution, ImageOutput output, Span<float> kept)
    {
        var answer = output[0];
        if (Background(resolution) is { } background)
        {
            answer[..background].CopyTo(kept);
            answer[(background + 1)..].CopyTo(kept[background..]);
        }
        else
        {
            answer.CopyTo(kept);
        }

        if (EmbeddingLength(resolution) > 0)
        {
            output[1].CopyTo(kept[Classes.Count..]);
        }
    }

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken)
    {
        OutputCheck.Require(observations, this);
        var classes = Classes;
        if (_task.Teacher is null)
        {
            var largest = _scorers[^1].Resolution;
            var order = ClassOrder.Find(LabelledAnswer.Read(observations, Classes.Count), Classes.Count);
            classes = order?.Settle(observations, Classes, _task, largest.ModelFile, warn) ?? Classes;
            ChanceLevel.Refuse(LabelledAnswer.Read(observations, Classes.Count), Classes.Count, largest);
        }

        var alignments = classes.Count > EnsembleFit.MaxMixedClasses
            ? AlignmentFit.Fit(observations, this, Labels(observations), cancellationToken)
            : null;
        return new BoundClassification(_task, classes, _labelType, _labelNames, _scorerSet, alignments);
    }

    public override void Restate(Observations rows, BoundTask before)
    {
        var old = ((BoundClassification)before).Classes;
        var restated = new int[Classes.Count];
        for (var key = 0; key < restated.Length; key++)
        {
            restated[old.ClassOfKey(key)] = Classes.ClassOfKey(key);
        }

        for (var row = 0; row < rows.Rows; row++)
        {
            ref var label = ref rows.Target(row)[0];
            label = label < 0 ? label : restated[(int)label];
        }
    }

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var used = routes.SelectMany(r => r.Resolutions).Distinct().Order().ToArray();
        var labels = Labels(observations);
        var inverseTemperatures = TemperatureFit.Fit(observations, this, labels, AlignedBy.OtherFolds, used);
        var values = new LogProbabilityTable(observations, this, labels, AlignedBy.OtherFolds, inverseTemperatures, used);
        var ensembles = EnsembleFit.Fit(values, routes, cancellationToken, known: _known);
        var outcomes = ClassificationOutcomes.Of(values, routes, row => ensembles.ByFold[observations.Fold(row)], _task.Loss);
        cancellationToken.ThrowIfCancellationRequested();
        return (new ClassificationModel(this, firstLook, ensembles.Deployed, FirstLookFeatures.Of(this, firstLook, ensembles)), outcomes);
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles)
    {
        // One temperature makes the confidences of different resolutions comparable, which a cascade needs; it changes no prediction.
        var inverseTemperatures = TemperatureFit.Fit(
            observations, this, Labels(observations), AlignedBy.Nothing, Enumerable.Range(0, singles.Count).ToArray());
        var pools = singles.Select(_ => LogPool.Uniform(1, Classes.Count)).ToArray();
        return new ClassificationModel(this, 0, new Ensemble(singles, AlignedBy.Nothing, inverseTemperatures, pools), null);
    }

    public override ByteString Save() => SavedTask.Of(this).ToByteString();

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) =>
        SavedClassificationModel.Parser.ParseFrom(saved).ToModel(this, firstLook, routes);

    /// <summary>The classes of rows: those that the fit takes for true, and those that are.</summary>
    public RowLabels Labels(Observations observations)
    {
        var truth = new int[observations.Rows];
        var supervision = new int[observations.Rows];
        for (var row = 0; row < truth.Length; row++)
        {
            truth[row] = (int)observations.Target(row)[0];
            supervision[row] = _task.Teacher?.Kind == ClassificationTeacherKind.Column ? (int)observations.Target(row)[1] : truth[row];
        }

        var soft = _task.Teacher is { Kind: not ClassificationTeacherKind.Column } teacher ? Teach(observations, teacher.Kind, supervision) : null;
        return new RowLabels(truth, supervision, soft);
    }

    private BoundClassification With(RoutingLoss loss)
    {
        var task = (ClassificationTask)_task.Freeze();
        task.Loss = loss;
        return new BoundClassification(task, Classes, _labelType, _labelNames, _scorerSet, Alignments, _known);
    }

    /// <summary>The probabilities that a teacher gives to the classes; the most probable ones go into the supervision.</summary>
    private float[] Teach(Observations observations, ClassificationTeacherKind kind, int[] supervision)
    {
        var weights = _costs.Select((c, r) => (float)(kind switch
        {
            ClassificationTeacherKind.Largest => r == _costs.Count - 1 ? 1 : 0,
            ClassificationTeacherKind.Mean => 1,
            _ => Math.Pow(c / _costs[^1], ClassificationTeacher.CostExponent),
        })).ToArray();
        var total = weights.Sum();
        var probabilities = new float[Classes.Count];
        var soft = new float[supervision.Length * Classes.Count];
        for (var row = 0; row < supervision.Length; row++)
        {
            var sum = soft.AsSpan(row * Classes.Count, Classes.Count);
            for (var r = 0; r < weights.Length; r++)
            {
                if (weights[r] > 0)
                {
                    LogProbabilities.Compute(OutputKind(r), 1, observations.Kept(r, row)[..sum.Length], probabilities);
                    TensorPrimitives.Exp(probabilities, probabilities);
                    TensorPrimitives.MultiplyAdd(probabilities, weights[r] / total, sum, sum);
                }
            }

            supervision[row] = ArgMax.Of(sum);
        }

        return soft;
    }

    /// <summary>The label's keys may be stored as any unsigned integer; the prediction is of the same type.</summary>
    private Delegate PredictedLabel(CurrentAnswer answer)
    {
        var type = _labelType.RawType;
        int Key() => float.IsNaN(answer()[0]) ? 0 : ArgMax.Of(answer()) + 1;
        return type == typeof(uint) ? (ValueGetter<uint>)((ref uint value) => value = (uint)Key())
            : type == typeof(byte) ? (ValueGetter<byte>)((ref byte value) => value = (byte)Key())
            : type == typeof(ushort) ? (ValueGetter<ushort>)((ref ushort value) => value = (ushort)Key())
            : (ValueGetter<ulong>)((ref ulong value) => value = (ulong)Key());
    }
}

/// <summary>Classes of rows, as the models count them.</summary>
/// <param name="Truth">The true ones; −1 where a row has no label.</param>
/// <param name="Supervision">Those that the fit takes for true: the labels, or the teacher's most probable ones.</param>
/// <param name="Soft">
/// Probabilities of a teacher made of the resolutions, rows × classes; null for labels. Its most probable classes alone would be a poor target:
/// they are a function of the same outputs, which ensembles can repeat without error and without doubt.
/// </param>
internal sealed record RowLabels(int[] Truth, int[] Supervision, float[]? Soft);
