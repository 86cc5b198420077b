using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>A bound classification task, as it is saved.</summary>
internal sealed partial class SavedTask
{
    private const int CurrentVersion = 1;

    /// <summary>The message of a task.</summary>
    public static SavedTask Of(BoundClassification bound)
    {
        var task = bound.Task;
        var saved = new SavedTask
        {
            Version = CurrentVersion,
            LabelColumn = task.LabelColumnName,
            ScoreColumn = task.ScoreColumnName,
            PredictedLabelColumn = task.PredictedLabelColumnName,
            ClassNames = { task.ClassNames ?? [] },
            MatchClasses = task.MatchClasses,
            Loss = task.Loss.Name,
            LossIsCustom = !(RoutingLoss.Known.TryGetValue(task.Loss.Name, out var known) && ReferenceEquals(known, task.Loss)),
            TeacherColumn = task.Teacher?.ColumnName ?? "",
            Label = new SavedLabel
            {
                RawType = bound.LabelType.RawType.Name,
                Count = bound.LabelType.Count,
                HasNames = bound.HasLabelNames,
                Names = { bound.Classes.Names },
                ClassOfKey = { Enumerable.Range(0, bound.Classes.Count).Select(bound.Classes.ClassOfKey) },
            },
        };
        saved.Alignments.AddRange(bound.Alignments.Select(SavedAlignment.Of));
        if (task.Teacher is { } teacher)
        {
            saved.Teacher = (int)teacher.Kind;
        }

        if (task.Background is { } background)
        {
            saved.Background = background;
        }

        return saved;
    }

    /// <summary>Makes the task of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public static BoundTask Load(ByteString bytes, ScorerSet scorers)
    {
        var saved = Parser.ParseFrom(bytes);
        if (saved.Version != CurrentVersion)
        {
            throw new InvalidDataException(
                $"The saved router's classification task is of version {saved.Version}; this library reads version {CurrentVersion}.");
        }

        var label = saved.Label ?? throw new InvalidDataException("it has no label");
        var task = saved.ToTask();
        var classes = task.CountClasses(scorers.Scorers);
        if (label.Names.Count != classes || !label.ClassOfKey.Order().SequenceEqual(Enumerable.Range(0, classes)))
        {
            throw new InvalidDataException($"it matches {label.ClassOfKey.Count} classes, but its models have {classes}");
        }

        if (label.Count < 1 || label.Count > (ulong)classes)
        {
            throw new InvalidDataException($"its label has {label.Count} keys, but its models have {classes} classes");
        }

        var alignments = saved.Alignments.Select(a => a.ToAlignment(classes)).ToArray();
        if ((alignments.Length > 0 && alignments.Length != scorers.Scorers.Count) ||
            alignments.OfType<Alignment>().Select(a => a.Corrections.Count).Distinct().Count() > 1)
        {
            throw new InvalidDataException($"it has {alignments.Length} alignments for {scorers.Scorers.Count} resolutions, or not of the same folds");
        }

        return new BoundClassification(
            task,
            new ClassMap([.. label.Names], [.. label.ClassOfKey]),
            new KeyDataViewType(KeyColumn.RawType(label.RawType), label.Count),
            label.HasNames ? Annotations.Texts(Annotations.KeyValues, label.Names) : null,
            scorers,
            alignments);
    }

    private ClassificationTask ToTask() => new()
    {
        LabelColumnName = LabelColumn,
        ScoreColumnName = ScoreColumn,
        PredictedLabelColumnName = PredictedLabelColumn,
        ClassNames = ClassNames.Count == 0 ? null : [.. ClassNames],
        MatchClasses = MatchClasses,
        Background = HasBackground ? Background : null,
        Loss = ToLoss(),
        Teacher = HasTeacher ? ToTeacher() : null,
    };

    private ClassificationTeacher ToTeacher()
    {
        var kind = (ClassificationTeacherKind)Teacher;
        return Enum.IsDefined(kind) && kind == ClassificationTeacherKind.Column == (TeacherColumn.Length > 0)
            ? ClassificationTeacher.Of(kind, TeacherColumn)
            : throw new InvalidDataException($"it has no teacher of number {Teacher} with the column '{TeacherColumn}'");
    }

    private RoutingLoss ToLoss()
    {
        var name = Loss;
        if (LossIsCustom)
        {
            return RoutingLoss.Custom(name, (_, _, _) => throw new NotSupportedException(
                $"The router was fitted to the loss '{name}', a function of the program that saved it; a loaded router cannot be compared in it."));
        }

        return RoutingLoss.Known.TryGetValue(name, out var known)
            ? known
            : throw new InvalidDataException($"The saved router minimises '{name}', which this library does not know.");
    }
}
