using Microsoft.ML.OtdRouting;

namespace Microsoft.ML;

/// <summary>Extension methods that put routing into <see cref="MLContext"/>.</summary>
public static class OtdRoutingExtensions
{
    /// <summary>
    /// Sends every image to the resolution, or the ensemble of resolutions, that is good enough for it, under a compute budget. The same as
    /// <c>mlContext.OtdRouting().Route(options)</c>, but without messages to <see cref="MLContext.Log"/>: a catalog does not give its context away.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">Columns, resolutions, budget.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    public static OtdResolutionRouter OtdRoute(this TransformsCatalog catalog, OtdResolutionRouter.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new OtdResolutionRouter(options, new RouterContext(null));
    }

    /// <summary>Routes between resolutions of a classifier with default options.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">Column for the class probabilities.</param>
    /// <param name="imageColumnName">Column with the images.</param>
    /// <param name="labelColumnName">Column with the labels, of key type.</param>
    /// <param name="resolutions">The resolutions to choose from; at least two.</param>
    /// <param name="budget">Mean cost of an image.</param>
    /// <param name="classNames">The classes in the models' order; null when the label's keys are in that order.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    public static OtdResolutionRouter OtdRoute(
        this TransformsCatalog catalog,
        string outputColumnName,
        string imageColumnName,
        string labelColumnName,
        IEnumerable<Resolution> resolutions,
        ComputeBudget budget,
        IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(resolutions);
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = imageColumnName,
            Task = new ClassificationTask { LabelColumnName = labelColumnName, ScoreColumnName = outputColumnName, ClassNames = classNames },
            Budget = budget,
        };
        foreach (var resolution in resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return catalog.OtdRoute(options);
    }

    /// <summary>Routing with everything the context knows: its log.</summary>
    public static OtdRoutingCatalog OtdRouting(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return new OtdRoutingCatalog(mlContext);
    }
}
