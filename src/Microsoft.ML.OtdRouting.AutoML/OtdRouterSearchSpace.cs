using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.OtdRouting.AutoML;

/// <summary>What AutoML searches over: the ways to fit a router that there are for some images and models, with the given one as the default.</summary>
public static class OtdRouterSearchSpace
{
    /// <summary>AutoML's choices must be fewer than 1,074.</summary>
    private const int MostSets = 1000;

    private static readonly int[] _folds = [5, 10];

    /// <summary>The ways to fit that trials can try.</summary>
    /// <param name="trials">The trials.</param>
    /// <exception cref="ArgumentException">The name of a resolution holds a <c>+</c>, which joins names.</exception>
    public static SearchSpace<OtdRouterOption> Of(OtdRoutingTrials trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var given = trials.Given;
        return Create(
            trials.Resolutions,
            trials.Losses,
            trials.CanChangeRoutes ? Sets(trials.Resolutions) : [],
            trials.CanChangeRoutes ? [1, 2, 3, 0] : [],
            _folds.Where(folds => trials.Problem(given with { FoldCount = folds }) is null),
            new OtdRouterOption
            {
                Loss = given.Loss, MaxRouteSize = given.MaxRouteSize ?? 0, FoldCount = given.FoldCount, PruneRoutes = given.PruneRoutes,
            });
    }

    /// <summary>
    /// The ways to fit a router in a sweepable pipeline, where nothing is known yet of images and costs, and a router that cannot keep to the budget is an error, which ends an experiment
    /// that has found none before: so the smallest and the largest resolution are in all sets, and routes of one resolution alone are not asked for.
    /// </summary>
    /// <param name="options">Options of the router.</param>
    /// <exception cref="ArgumentException">The name of a resolution holds a <c>+</c>, which joins names.</exception>
    public static SearchSpace<OtdRouterOption> Of(OtdResolutionRouter.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var names = options.Resolutions.OrderBy(r => r.Height * r.Width).Select(r => r.Name).ToArray();
        var loss = (options.Task as ClassificationTask)?.Loss.Name ?? "";
        return Create(
            names,
            loss.Length == 0 ? [] : RoutingLoss.Known.Keys,
            options.Prior.AllowsPruning ? Sets(names).Where(s => s.Length == 0 || s.StartsWith(names[0] + OtdRouterOption.Joint, StringComparison.Ordinal)) : [],
            options.Prior.AllowsPruning ? [2, 3, 0] : [],
            _folds,
            new OtdRouterOption
            {
                Loss = loss, MaxRouteSize = options.Fitting.MaxRouteSize ?? 0, FoldCount = options.Fitting.FoldCount, PruneRoutes = options.Fitting.PruneRoutes,
            });
    }

    /// <summary>Makes a router of what AutoML proposes: for <c>CreateSweepableEstimator</c>, together with <see cref="Of(OtdResolutionRouter.Options)"/>.</summary>
    /// <param name="options">All other options, which must not change any more.</param>
    public static Func<MLContext, OtdRouterOption, IEstimator<ITransformer>> Factory(OtdResolutionRouter.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (context, option) => context.OtdRouting().Route(option.ApplyTo(options));
    }

    private static SearchSpace<OtdRouterOption> Create(
        IReadOnlyList<string> resolutions, IEnumerable<string> losses, IEnumerable<string> sets, IReadOnlyList<int> sizes, IEnumerable<int> folds, OtdRouterOption given)
    {
        if (resolutions.FirstOrDefault(name => name.Contains(OtdRouterOption.Joint)) is { } joined)
        {
            throw new ArgumentException(
                $"The name of resolution '{joined}' holds a '{OtdRouterOption.Joint}', which joins the names of a set; set {nameof(Resolution)}.{nameof(Resolution.Name)}.");
        }

        var space = new SearchSpace<OtdRouterOption>(given);
        Set(space, nameof(given.Resolutions), sets, given.Resolutions);
        Set(space, nameof(given.Loss), losses, given.Loss);
        // AutoML takes the places of choices for numbers, so numbers stand in their order; 0 is no limit.
        Set(space, nameof(given.MaxRouteSize), sizes.Append(given.MaxRouteSize).OrderBy(size => size == 0 ? int.MaxValue : size), given.MaxRouteSize);
        Set(space, nameof(given.FoldCount), folds.Append(given.FoldCount).Order(), given.FoldCount);
        Set(space, nameof(given.PruneRoutes), sizes.Count > 0 ? [true, false] : [], given.PruneRoutes);
        return space;
    }

    /// <summary>Sets what can be chosen; what cannot be another than the given value is not searched over.</summary>
    private static void Set<T>(SearchSpace<OtdRouterOption> space, string key, IEnumerable<T> choices, T given)
        where T : notnull
    {
        var all = choices.Append(given).Distinct().Cast<object>().ToArray();
        if (all.Length > 1)
        {
            space[key] = new ChoiceOption(all, given);
        }
        else
        {
            space.Remove(key);
        }
    }

    /// <summary>
    /// All sets of two and more that hold the last one, from the largest sets down, as many as AutoML takes; neighbours lack the same cheap resolutions. The empty text is the set of all.
    /// </summary>
    private static IEnumerable<string> Sets(IReadOnlyList<string> names) => Enumerable.Range(1, (1 << (names.Count - 1)) - 1)
        .Select(bits => names.Where((_, r) => r == names.Count - 1 || (bits >> r & 1) == 1).ToArray())
        .OrderByDescending(set => set.Length)
        .Take(MostSets)
        .OrderBy(set => names.ToList().IndexOf(set[0]))
        .ThenByDescending(set => set.Length)
        .Select(set => set.Length == names.Count ? "" : string.Join(OtdRouterOption.Joint, set));
}
