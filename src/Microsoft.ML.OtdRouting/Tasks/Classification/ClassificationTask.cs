using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// One class an image. The models' outputs hold one number a class; the router adds <c>Score</c>, the probabilities of the classes, and
/// <c>PredictedLabel</c>. The default task.
/// </summary>
public sealed class ClassificationTask : RoutingTask
{
    /// <summary>What the task is called in saved routers.</summary>
    internal const string KindName = "classification";

    /// <summary>Makes the task of what was saved.</summary>
    internal static TaskKind Kind { get; } = new(KindName, SavedTask.Load);

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <summary>
    /// Column with the labels, of key type. Needed for fitting and comparing alone, and not even there with a <see cref="Teacher"/>. Default
    /// <c>Label</c>.
    /// </summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// Column for the class probabilities, in the order of the label's keys; classes of <see cref="ClassNames"/> that the label lacks come behind them, in
    /// the order of the names. Default <c>Score</c>.
    /// </summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// Column for the most probable class, of the label's key type; with as many keys as the models have classes, of which the label's are the first.
    /// Default <c>PredictedLabel</c>.
    /// </summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>
    /// Names of all classes in the models' output order, matched with the values of the label's keys, which may lack some of them. Keys come in order of
    /// occurrence and models do not, so give the names unless the keys were made in the models' order. Default null: class i is key i + 1, and the
    /// label has all classes.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; set; }

    /// <summary>
    /// Without <see cref="ClassNames"/>: whether classes and keys that are in different orders are matched by what the most expensive resolution
    /// says about the fitting images; the matching is logged as a warning. It takes rows enough to leave no doubt about any class that moves (with ten
    /// classes at least ten rows of each, with a thousand 17); else, and by default (false), different orders are an error where they are found.
    /// </summary>
    public bool MatchClasses { get; set; }

    /// <summary>
    /// Index, among the models' outputs, of a background class: one that models were trained with and that is no class of the labels. Outputs that
    /// are one longer than there are classes leave it out; those of the classes' length have none. At least 0; default null: every output is a class.
    /// </summary>
    public int? Background { get; set; }

    /// <summary>What the router minimises. Default <see cref="RoutingLoss.SmoothedError"/>.</summary>
    public RoutingLoss Loss { get; set; } = RoutingLoss.SmoothedError;

    /// <summary>
    /// What takes the place of the labels in the fit: null (the default) for the labels themselves. With a teacher the images need no labels, and
    /// labels that are there are used for nothing but the accuracies in comparisons.
    /// </summary>
    public ClassificationTeacher? Teacher { get; set; }

    /// <inheritdoc/>
    internal override IReadOnlyList<string> OutputColumnNames => [ScoreColumnName, PredictedLabelColumnName];

    /// <inheritdoc/>
    internal override RoutingTask Freeze()
    {
        var copy = (ClassificationTask)MemberwiseClone();
        copy.ClassNames = ClassNames?.ToArray();
        return copy;
    }

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireColumnName(LabelColumnName, nameof(LabelColumnName));
        RequireColumnName(ScoreColumnName, nameof(ScoreColumnName));
        RequireColumnName(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        ArgumentNullException.ThrowIfNull(Loss);
        if (ClassNames?.Contains(null!) == true)
        {
            throw new ArgumentException($"{nameof(ClassNames)} holds null.", nameof(ClassNames));
        }

        if (Background < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(Background), Background, $"{nameof(Background)} is {Background}; it must be the index of an output, at least 0, or null for no background.");
        }
    }

    /// <inheritdoc/>
    internal override IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input)
    {
        var label = input.Where(c => c.Name == LabelColumnName).Select(c => (SchemaShape.Column?)c).FirstOrDefault();
        if (label is null && Teacher is null)
        {
            throw new ArgumentException($"There is no label column '{LabelColumnName}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
        }

        if (label is { IsKey: false })
        {
            throw new ArgumentException(
                $"Label column '{LabelColumnName}' holds {label.Value.ItemType}; expected a key. Append Conversion.MapValueToKey before the router.");
        }

        return
        [
            ShapeColumns.Vector(ScoreColumnName),
            label is { } key ? ShapeColumns.CopyOf(key, PredictedLabelColumnName) : ShapeColumns.Key(PredictedLabelColumnName),
        ];
    }

    /// <inheritdoc/>
    internal override BoundTask Bind(DataViewSchema input, ScorerSet scorers)
    {
        var length = CountClasses(scorers.Scorers);
        Teacher?.Bind(input);
        if (Teacher is not null && input.GetColumnOrNull(LabelColumnName) is null)
        {
            var names = ClassNames ?? ClassMap.Positions(length);
            RequireBackgroundApart(length, names.Count);
            var unlabelled = ClassMap.Match(names, $"{nameof(ClassNames)}", length, ClassNames);
            return new BoundClassification(
                this, unlabelled, new KeyDataViewType(typeof(uint), length), Annotations.Texts(Annotations.KeyValues, names), scorers);
        }

        var label = KeyColumn.Bind(input, LabelColumnName);
        RequireBackgroundApart(length, ClassNames?.Count ?? (int)((KeyDataViewType)label.Type).Count);
        var classes = ClassMap.Match(label, length, ClassNames);
        var type = (KeyDataViewType)label.Type;
        return type.Count == (ulong)length
            ? new BoundClassification(this, classes, type, Annotations.Only(Annotations.KeyValues, label.Annotations), scorers)
            : new BoundClassification(
                this, classes, KeyColumn.TypeOf(type.RawType, length), Annotations.Texts(Annotations.KeyValues, classes.Names), scorers);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<TaskMeasure> Evaluate(IDataView scored)
    {
        if (scored.Schema.GetColumnOrNull(LabelColumnName) is null)
        {
            return Measures([], double.NaN);
        }

        var label = KeyColumn.Bind(scored.Schema, LabelColumnName);
        var score = Require(scored.Schema, ScoreColumnName);
        var predicted = Require(scored.Schema, PredictedLabelColumnName);
        using var cursor = scored.GetRowCursor([label, score, predicted]);
        var getLabel = KeyColumn.CreateGetter(cursor, label);
        // Labels may have been made keys again, in another order than those of the fit.
        var keys = ClassMap.KeyNames(predicted) is { } names ? ClassMap.MatchKeys(names, label) : null;
        var getPredicted = KeyColumn.CreateGetter(cursor, predicted);
        var getScore = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> scores = default;
        var correct = new List<float>();
        var logLoss = 0.0;
        while (cursor.MoveNext())
        {
            var truth = getLabel();
            truth = keys is null || truth < 0 ? truth : keys[truth];
            getScore(ref scores);
            if (float.IsNaN(scores.GetItemOrDefault(0)))
            {
                // A row that failed has no answer.
                continue;
            }

            correct.Add(truth == getPredicted() ? 1 : 0);
            // A class that the router does not know has probability zero.
            logLoss += ClassificationOutcomes.LogLossOf(truth >= 0 && truth < scores.Length ? scores.GetItemOrDefault(truth) : 0);
        }

        return Measures([.. correct], logLoss / correct.Count);
    }

    private static IReadOnlyList<TaskMeasure> Measures(float[] correct, double logLoss) =>
    [
        new TaskMeasure(
            BoundClassification.Accuracy,
            correct.Length == 0 ? double.NaN : correct.Average(c => (double)c),
            correct.Length == 0 ? ConfidenceInterval.None : Bootstrap.Mean(correct)),
        new TaskMeasure(BoundClassification.LogLoss, logLoss, ConfidenceInterval.None),
    ];

    /// <summary>Throws where every output of the models has a class, so that none is left over for a background.</summary>
    private void RequireBackgroundApart(int classes, int names)
    {
        if (Background is { } background && names == classes + 1)
        {
            throw new ArgumentException(
                $"{nameof(Background)} is {background}, but there are {names} classes, as many as the models have outputs: none is a background. Set " +
                $"{nameof(Background)} to null, or leave the background's name out of {nameof(ClassNames)}.", nameof(Background));
        }
    }

    /// <summary>Number of classes of the models: the length of their outputs, without a background.</summary>
    /// <param name="scorers">The models.</param>
    /// <exception cref="ArgumentOutOfRangeException">The background is none of the outputs.</exception>
    /// <exception cref="InvalidDataException">The models disagree.</exception>
    internal int CountClasses(IReadOnlyList<ResolutionScorer> scorers)
    {
        var (shortest, longest) = (scorers.MinBy(s => s.OutputLength)!, scorers.MaxBy(s => s.OutputLength)!);
        var difference = longest.OutputLength - shortest.OutputLength;
        if (difference > (Background is null ? 0 : 1))
        {
            throw new InvalidDataException(
                $"The models disagree on the number of classes: '{shortest.Resolution.ModelFile}' has {shortest.OutputLength} " +
                $"(output '{shortest.OutputName}'), '{longest.Resolution.ModelFile}' has {longest.OutputLength} (output '{longest.OutputName}')." +
                (difference == 1 ? $" {ClassMap.BackgroundHint}" : ""));
        }

        return Background >= longest.OutputLength
            ? throw new ArgumentOutOfRangeException(
                nameof(Background), Background,
                $"{nameof(Background)} is {Background}, but the output '{longest.OutputName}' of '{longest.Resolution.ModelFile}' has {longest.OutputLength} " +
                $"numbers; expected 0 to {longest.OutputLength - 1}.")
            : longest.OutputLength - (Background is null ? 0 : 1);
    }

    private static DataViewSchema.Column Require(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name)
        ?? throw new ArgumentException($"There is no column '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
}
