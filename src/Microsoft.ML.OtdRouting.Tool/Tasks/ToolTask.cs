using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>What commands must know of a task of the library: its options, how its images are read, and what its table of scores holds.</summary>
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

    /// <summary>Makes a router one of this task.</summary>
    public abstract void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images);

    /// <summary>The table that <c>otd score</c> writes.</summary>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="UsageException">What is asked for is not what this task writes.</exception>
    public abstract ScoreTable Table(ScoreRequest request);
}
