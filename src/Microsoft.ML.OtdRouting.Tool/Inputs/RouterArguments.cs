using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The options of all commands that fit a router, but for its budget.</summary>
internal sealed class RouterArguments
{
    private readonly Option<string> _images =
        ImagesArgument.Option("Images to fit the router on, labelled unless there is a --teacher; the models must not have been trained on them.");

    private readonly ModelArguments _models = new(least: 2);
    private readonly Option<string?> _classes = ClassesArgument.Option();
    private readonly TaskArgument _task;
    private readonly DecodingArguments _decoding = new();
    private readonly PriorArgument _prior = new();
    private readonly Option<string?> _onFailure = RowFailureArgument.Option("Without it, fail. It is saved with the router; images that fail are left out of the fit.");
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of what is random.", DefaultValueFactory = _ => 1 };

    /// <param name="tests">Whether the command has test images, too.</param>
    public RouterArguments(bool tests = false) => _task = new TaskArgument(_classes, _models, tests);

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => ((Option[])[_images, .. _models.Options, .. _task.Options, .. _prior.Options, .. _decoding.Options, _onFailure, _seed]).Distinct();

    /// <summary>The seed of the context.</summary>
    public int Seed(ParseResult options) => options.GetValue(_seed);

    /// <summary>The task.</summary>
    /// <exception cref="UsageException">An option belongs to another.</exception>
    public ToolTask ReadTask(ParseResult options) => _task.Read(options);

    /// <summary>The images to fit on.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="task">The task.</param>
    /// <param name="warn">Is told of images that are skipped.</param>
    /// <exception cref="DataException">They cannot be listed.</exception>
    /// <exception cref="UsageException">Nothing tells what is needed.</exception>
    public TaskImages ReadImages(ParseResult options, ToolTask task, Action<FormattableString> warn) =>
        task.Read(options, options.GetValue(_images)!, null, warn);

    /// <summary>The options of the router.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="task">The task.</param>
    /// <param name="images">The images to fit on.</param>
    /// <param name="budget">Mean cost of an image; null with a promise.</param>
    /// <param name="promise">What is promised in place of a budget; null with one.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="UsageException">The options make no sense together.</exception>
    public OtdResolutionRouter.Options ReadRouter(
        ParseResult options, ToolTask task, TaskImages images, ComputeBudget? budget, QualityTarget? promise, CancellationToken cancellation)
    {
        OtdResolutionRouter.Options router = _models.ReadRouter(options);
        task.Set(router, options, images);
        router.Budget = budget;
        router.Quality = promise;
        router.Decoding = _decoding.Read(options);
        router.Prior = _prior.Read(options);
        router.OnRowFailure = RowFailureArgument.Read(options.GetValue(_onFailure)) ?? RowFailureAction.Fail;
        router.Fitting.Seed = Seed(options);
        router.CancellationToken = cancellation;
        return router;
    }
}
