using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Classification: labels are folders, or a column of a table.</summary>
/// <param name="classes"><c>--classes</c>.</param>
/// <param name="models">The models, whose options say what classifiers answer with.</param>
internal sealed class ClassificationTool(Option<string?> classes, ModelArguments models) : ToolTask("classification")
{
    private const int TopByDefault = 5;

    private readonly Option<string?> _teacher = Teacher();

    public override IEnumerable<Option> Options => [classes, _teacher, .. models.Answers];

    /// <summary>The task of the library, for the images of an <see cref="ImageList"/>.</summary>
    /// <param name="classes">The classes in the order of the models' outputs; null where the images tell.</param>
    /// <param name="background">The output that is no class; null for none.</param>
    public static ClassificationTask Task(IReadOnlyList<string>? classes, int? background) => new()
    {
        LabelColumnName = ImageList.LabelColumn,
        ClassNames = classes,
        MatchClasses = classes is null,
        Background = background,
    };

    public override bool Made(DataViewSchema scored) => scored.GetColumnOrNull("PredictedLabel") is { Type: KeyDataViewType };

    public override TaskImages Read(ParseResult options, string path, TaskImages? fitting, Action<FormattableString> warn)
    {
        if (fitting is not null)
        {
            ImageList test = ImageList.Read(path, warn: warn);
            test.RequireLabels(fitting.Classes, "--images");
            return TaskImages.Labelled(test, fitting.Classes);
        }

        bool hasTeacher = options.GetValue(_teacher) is not null;
        if (hasTeacher && options.GetValue(classes) is null)
        {
            // Without labels in the fit, nothing would tell that their alphabetical order is another one than the models'.
            throw new UsageException("--teacher needs --classes: the classes in the order of the models' outputs, which nothing else tells without labels.");
        }

        ImageList images = ImageList.Read(path, labelled: !hasTeacher, warn);
        if (options.GetValue(classes) is not { } text)
        {
            return TaskImages.Labelled(images, images.Labels);
        }

        IReadOnlyList<string> named = ClassesArgument.Read(text);
        images.RequireLabels(named, "--classes");
        return TaskImages.Labelled(images, named);
    }

    public override TaskImages ReadFor(FittedRouter fitted, string path, string? annotations, Action<FormattableString> warn)
    {
        RequireNone(annotations);
        ImageList images = ImageList.Read(path, warn: warn);
        images.RequireLabels(fitted.Classes, fitted.File);
        return TaskImages.Labelled(images, fitted.Classes);
    }

    public override void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images)
    {
        ClassificationTask task = Task(options.GetValue(classes) is { } text ? ClassesArgument.Read(text) : null, models.Background(options));
        task.Teacher = ReadTeacher(options);
        router.Task = task;
    }

    public override string? TeacherName(ParseResult options) => ReadTeacher(options)?.ToString();

    public override IReadOnlyList<string> AnswerClasses(TaskImages test) => test.Classes;

    public override MeasureWords Words(string measure) => MeasureWords.Accuracy;

    public override ScoreTable Table(ScoreRequest request)
    {
        request.Require(Name, top: true, arrays: null);
        return new ClassScores(request, Math.Min(request.Top ?? TopByDefault, request.Fitted.Classes.Count));
    }

    private ClassificationTeacher? ReadTeacher(ParseResult options) => options.GetValue(_teacher) switch
    {
        "weighted" => ClassificationTeacher.Weighted,
        "largest" => ClassificationTeacher.Largest,
        "mean" => ClassificationTeacher.Mean,
        _ => null,
    };

    private static Option<string?> Teacher()
    {
        Option<string?> teacher = new("--teacher")
        {
            Description = "Takes the place of the labels in the fit: what all resolutions find most probable, weighted by cost, or the largest one, or their mean. " +
                "Needs --classes; labels that are there are used for accuracies alone.",
        };
        teacher.AcceptOnlyFromAmong("weighted", "largest", "mean");
        return teacher;
    }
}
