using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>What commands must know of a task of the library: its options, how its images are read, what its table of scores holds, and what its report shows.</summary>
/// <param name="name">Its name in <c>--task</c>.</param>
internal abstract class ToolTask(string name)
{
    /// <summary>Its name in <c>--task</c>.</summary>
    public string Name => name;

    /// <summary>The options that belong to it; one may belong to several tasks.</summary>
    public abstract IEnumerable<Option> Options { get; }

    /// <summary>Whether a router with these columns is of this task.</summary>
    public abstract bool Made(DataViewSchema scored);

    /// <summary>Reads images with what is true of them.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="path">Where they are.</param>
    /// <param name="fitting">The images that the router is fitted on, when these are to measure it on; null when these are to fit on.</param>
    /// <param name="warn">Is told of images that are skipped.</param>
    /// <exception cref="DataException">They cannot be read.</exception>
    /// <exception cref="UsageException">The options do not say what is needed.</exception>
    public abstract TaskImages Read(ParseResult options, string path, TaskImages? fitting, Action<FormattableString> warn);

    /// <summary>Reads images to measure a router of this task on, with what is true of them.</summary>
    /// <param name="fitted">The router.</param>
    /// <param name="path">Where they are.</param>
    /// <param name="annotations">Where the objects in them are, for tasks that find objects; null where that is not said.</param>
    /// <param name="warn">Is told of images that are skipped.</param>
    /// <exception cref="DataException">They cannot be read.</exception>
    /// <exception cref="UsageException">Annotations are missing, or are not what this task takes.</exception>
    public abstract TaskImages ReadFor(FittedRouter fitted, string path, string? annotations, Action<FormattableString> warn);

    /// <summary>Makes a router one of this task.</summary>
    public abstract void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images);

    /// <summary>The table that <c>otd score</c> writes.</summary>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="UsageException">What is asked for is not what this task writes.</exception>
    public abstract ScoreTable Table(ScoreRequest request);

    /// <summary>Heading of the report's table of the measures by route.</summary>
    public virtual string MeasuresTitle => "Measures by route";

    /// <summary>The words in which its primary measure is told.</summary>
    public virtual MeasureWords Words(string measure) => MeasureWords.Of(measure);

    /// <summary>What takes the place of labels in the fit; null for nothing.</summary>
    public virtual string? TeacherName(ParseResult options) => null;

    /// <summary>The classes that answers are, for confusions and predicted errors; none for tasks whose answers are something else.</summary>
    public virtual IReadOnlyList<string> AnswerClasses(TaskImages test) => [];

    /// <summary>Throws where annotations are given to a task that takes none.</summary>
    protected void RequireNone(string? annotations)
    {
        if (annotations is not null)
        {
            throw new UsageException($"--annotations does not belong to a router of the task {Name}; it belongs to detection.");
        }
    }

    /// <summary>What the report shows of some images: pictures of them, and of the answers where these can be seen.</summary>
    public virtual ExampleContents Show(ExampleRequest request) => new(
        [.. request.Pictures(image => ThumbnailShape.Square(request.Thumbnails.Side)).Select(picture => new ExampleContent(picture))]);
}
