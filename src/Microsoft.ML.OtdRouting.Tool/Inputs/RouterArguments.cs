using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The options of all commands that fit a router, but for its budget.</summary>
internal sealed class RouterArguments
{
    private readonly Option<string> _images =
        ImagesArgument.Option("Images to fit the router on, labelled unless there is a --teacher; the models must not have been trained on them.");

    private readonly ModelArguments _models = new(least: 2);
    private readonly Option<string?> _classes = ClassesArgument.Option();
    private readonly Option<string?> _teacher = new("--teacher")
    {
        Description = "Takes the place of the labels in the fit: what all resolutions find most probable, weighted by cost, or the largest one, or their mean. " +
            "Needs --classes; labels that are there are used for accuracies alone.",
    };

    private readonly DecodingArguments _decoding = new();
    private readonly PriorArgument _prior = new();
    private readonly Option<string?> _onFailure = RowFailureArgument.Option("Without it, fail. It is saved with the router; images that fail are left out of the fit.");
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of what is random.", DefaultValueFactory = _ => 1 };

    public RouterArguments() => _teacher.AcceptOnlyFromAmong("weighted", "largest", "mean");

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_images, .. _models.Options, _classes, _teacher, .. _prior.Options, .. _decoding.Options, _onFailure, _seed];

    /// <summary>The seed of the context.</summary>
    public int Seed(ParseResult options) => options.GetValue(_seed);

    /// <summary>The images to fit on.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="warn">Is told of images that are skipped.</param>
    /// <exception cref="DataException">They cannot be listed.</exception>
    /// <exception cref="UsageException">Nothing tells the order of the classes.</exception>
    public ImageList ReadImages(ParseResult options, Action<FormattableString> warn)
    {
        bool hasTeacher = options.GetValue(_teacher) is not null;
        if (hasTeacher && options.GetValue(_classes) is null)
        {
            // Without labels in the fit, nothing would tell that their alphabetical order is another one than the models'.
            throw new UsageException("--teacher needs --classes: the classes in the order of the models' outputs, which nothing else tells without labels.");
        }

        return ImageList.Read(options.GetValue(_images)!, labelled: !hasTeacher, warn);
    }

    /// <summary>The classes in the order in which <see cref="ImageList.ToView"/> is to make keys of them.</summary>
    /// <exception cref="DataException">A label is none of <c>--classes</c>.</exception>
    public IReadOnlyList<string> ReadClasses(ParseResult options, ImageList images)
    {
        if (options.GetValue(_classes) is not { } text)
        {
            return images.Labels;
        }

        IReadOnlyList<string> classes = ClassesArgument.Read(text);
        images.RequireLabels(classes, "--classes");
        return classes;
    }

    /// <summary>The options of the router.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="budget">Mean cost of an image; null with a promise.</param>
    /// <param name="promise">What is promised in place of a budget; null with one.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="UsageException">The options make no sense together.</exception>
    public OtdResolutionRouter.Options ReadRouter(ParseResult options, ComputeBudget? budget, QualityTarget? promise, CancellationToken cancellation)
    {
        OtdResolutionRouter.Options router = _models.ReadRouter(options, options.GetValue(_classes) is { } text ? ClassesArgument.Read(text) : null);
        ((ClassificationTask)router.Task).Teacher = options.GetValue(_teacher) switch
        {
            "weighted" => ClassificationTeacher.Weighted,
            "largest" => ClassificationTeacher.Largest,
            "mean" => ClassificationTeacher.Mean,
            _ => null,
        };
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
