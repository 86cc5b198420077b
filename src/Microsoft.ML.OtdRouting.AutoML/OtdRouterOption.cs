using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.OtdRouting.AutoML;

/// <summary>
/// A way to fit a router as AutoML searches over it: names and numbers, which it writes and reads as JSON. The options of a router are none of that.
/// <see cref="OtdRouterSearchSpace"/> knows which values there are for some images and models.
/// </summary>
public sealed class OtdRouterOption
{
    /// <summary>What joins the names of <see cref="Resolutions"/>.</summary>
    internal const char Joint = '+';

    /// <summary>
    /// Names of the resolutions that routes may hold, joined by <c>+</c>, the most expensive one among them; empty (the default) for all. Which names there are is known of the models
    /// alone, so it is not searched over by <c>new SearchSpace&lt;OtdRouterOption&gt;()</c>.
    /// </summary>
    public string Resolutions { get; set; } = "";

    /// <summary>Name of the loss that the router minimises; empty for tasks that have but one. Default <c>SmoothedError</c>.</summary>
    [Choice(new object[] { "SmoothedError", "ExpectedError", "CrossEntropy", "ZeroOne" }, "SmoothedError")]
    public string Loss { get; set; } = nameof(RoutingLoss.SmoothedError);

    /// <summary>Most resolutions that are ensembled for one image; 0 (the default) for no limit.</summary>
    [Choice(new object[] { 1, 2, 3, 0 }, 0)]
    public int MaxRouteSize { get; set; }

    /// <summary>Folds of cross-fitting, from 2 to 20. Default 5.</summary>
    [Choice(new object[] { 5, 10 }, 5)]
    public int FoldCount { get; set; } = 5;

    /// <summary>Whether routes, and looks of the cheapest resolutions, may be left out. Default true.</summary>
    [BooleanChoice(true)]
    public bool PruneRoutes { get; set; } = true;

    /// <summary>The way to fit, of those that trials can try.</summary>
    /// <param name="trials">What it is for: they know the names of all resolutions.</param>
    public RouterSettings ToSettings(OtdRoutingTrials trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        return new RouterSettings(
            Resolutions.Length == 0 ? trials.Resolutions : Resolutions.Split(Joint), Loss, MaxRouteSize == 0 ? null : MaxRouteSize, FoldCount, PruneRoutes);
    }

    /// <summary>Options of a router that is fitted this way.</summary>
    /// <param name="options">All other options; they stay as they are.</param>
    /// <exception cref="ArgumentException">There is no such resolution or loss; the message names those there are.</exception>
    public OtdResolutionRouter.Options ApplyTo(OtdResolutionRouter.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var own = options.Freeze();
        if (Resolutions.Length > 0)
        {
            var known = own.Resolutions.ToList();
            own.Resolutions.Clear();
            foreach (var name in Resolutions.Split(Joint))
            {
                own.Resolutions.Add(known.FirstOrDefault(r => r.Name == name) ?? throw new ArgumentException(
                    $"{nameof(Resolutions)} is '{Resolutions}', and there is no resolution '{name}'; there are {string.Join(", ", known.Select(r => r.Name))}."));
            }
        }

        if (own.Task is ClassificationTask task && task.Loss.Name != Loss)
        {
            task.Loss = RoutingLoss.Known.TryGetValue(Loss, out var loss)
                ? loss
                : throw new ArgumentException($"There is no loss '{Loss}'; there are {string.Join(", ", RoutingLoss.Known.Keys.Append(task.Loss.Name).Distinct())}.");
        }

        (own.Fitting.MaxRouteSize, own.Fitting.FoldCount, own.Fitting.PruneRoutes) = (MaxRouteSize == 0 ? null : MaxRouteSize, FoldCount, PruneRoutes);
        return own;
    }
}
