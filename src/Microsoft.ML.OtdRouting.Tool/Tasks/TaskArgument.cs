using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary><c>--task</c>, and the options that belong to some tasks alone.</summary>
internal sealed class TaskArgument
{
    private readonly Option<string> _task = new("--task")
    {
        Description = "What the models' outputs mean.",
        DefaultValueFactory = _ => "classification",
    };

    private readonly ToolTask[] _tasks;

    /// <param name="classes"><c>--classes</c>.</param>
    /// <param name="models">The models, whose options say what classifiers answer with.</param>
    /// <param name="tests">Whether the command has test images, too.</param>
    public TaskArgument(Option<string?> classes, ModelArguments models, bool tests)
    {
        _tasks = [new ClassificationTool(classes, models), new EmbeddingTool(), new DenseTool(), new DetectionTool(classes, tests)];
        _task.AcceptOnlyFromAmong([.. _tasks.Select(t => t.Name)]);
    }

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_task, .. _tasks.SelectMany(t => t.Options).Distinct()];

    /// <summary>The task.</summary>
    /// <exception cref="UsageException">An option belongs to another.</exception>
    public ToolTask Read(ParseResult options)
    {
        ToolTask chosen = _tasks.Single(t => t.Name == options.GetValue(_task));
        Option? stranger = _tasks.SelectMany(t => t.Options).Except(chosen.Options).FirstOrDefault(o => options.GetResult(o) is OptionResult { Implicit: false });
        return stranger is null
            ? chosen
            : throw new UsageException(
                $"{stranger.Name} does not belong to --task {chosen.Name}; it belongs to {string.Join(" and ", _tasks.Where(t => t.Options.Contains(stranger)).Select(t => t.Name))}.");
    }

    /// <summary>The task of a router that has been fitted, by the columns that it adds.</summary>
    /// <exception cref="DataException">It is none of the tool's.</exception>
    public static ToolTask Of(DataViewSchema scored, string file) =>
        new TaskArgument(ClassesArgument.Option(), new ModelArguments(least: 0), tests: false)._tasks.FirstOrDefault(t => t.Made(scored))
        ?? throw new DataException($"{file} adds none of the columns PredictedLabel, Embedding, Prediction and PredictedBoundingBoxes. Expected a router that otd fit has saved.");
}
