namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What a route does with the images that it gets at the chosen budget.</summary>
/// <param name="Name">Names of its resolutions, joined by <c>+</c>.</param>
/// <param name="CostFraction">Cost of an image, as a fraction of the largest resolution.</param>
/// <param name="Rows">Test images that it got.</param>
/// <param name="Planned">Share of the images that it has in the fitted transport plan.</param>
/// <param name="Right">How many of its images it got right.</param>
/// <param name="Losses">Predicted against actual errors on its images.</param>
/// <param name="Confusion">True against predicted classes of its images.</param>
/// <param name="Images">Some of its images.</param>
internal sealed record RouteReport(
    string Name,
    double CostFraction,
    int Rows,
    double Planned,
    int Right,
    IReadOnlyList<LossBin> Losses,
    IReadOnlyList<ConfusionCell> Confusion,
    IReadOnlyList<ExampleImage> Images);
