namespace Microsoft.ML.OtdRouting;

/// <summary>Which sets of resolutions a router takes for its routes.</summary>
public enum RouteChoice
{
    /// <summary>All sets within the limits of their size and of 32 routes, those of few resolutions first. The default.</summary>
    All,

    /// <summary>
    /// The sets that sparse transport puts together: between the fitting images and the single resolutions, at most
    /// <see cref="OtdResolutionRouter.Options.MaxRouteSize"/> to an image, at several budgets. Sets of at least 1 % of the images become routes,
    /// besides every resolution alone and the cheapest and dearest of <see cref="All"/>, which keep all budgets within reach. Saves most where
    /// there are many resolutions: any set can be found, however many there are.
    /// </summary>
    Sparse,
}
