using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>A router that was saved.</summary>
/// <param name="Options">The options of the fit: <see cref="SavedOptions"/>.</param>
/// <param name="Resolutions">The resolutions, with their models.</param>
/// <param name="Scorer">The router at work; owns sessions.</param>
/// <param name="Images">What the image column holds.</param>
/// <param name="Fitted">What it can be retargeted to.</param>
internal sealed record LoadedRouter(
    string Options, IReadOnlyList<Resolution> Resolutions, RoutedScorer Scorer, ImageForm Images, FittedRouter Fitted);
