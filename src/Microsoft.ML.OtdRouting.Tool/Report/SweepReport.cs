namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Everything that the report of <c>otd sweep</c> shows. The page holds it as JSON and draws from it alone.</summary>
/// <param name="Title">Title of the page.</param>
/// <param name="Conclusion">The outcome in one sentence.</param>
/// <param name="Detail">What the chosen budget buys, in one more.</param>
/// <param name="Unit">Unit of all costs: <c>FLOPs</c> or <c>ms</c>.</param>
/// <param name="Resolutions">Every resolution alone, in ascending order of cost. Fractions of cost are of the last one's.</param>
/// <param name="LargestCalibrated">The largest resolution alone, calibrated on the images that the router was fitted on.</param>
/// <param name="Points">The accuracy–cost curve, in ascending order of budget.</param>
/// <param name="Chosen">Index in <paramref name="Points"/> of the budget that the rest of the report is about.</param>
/// <param name="Alternatives">Every route for all images, at the chosen budget's calibration.</param>
/// <param name="Classes">Names of the classes; confusions and images refer to them by index. Empty for other tasks than classification, which have neither.</param>
/// <param name="Routes">The routes of the chosen budget, in ascending order of cost.</param>
/// <param name="MeasuresTitle">What the next is called.</param>
/// <param name="ByRoute">The measures of the images of each route, and of all of them.</param>
/// <param name="ImagesNote">What is to be seen in the images of the routes; empty where that needs no words.</param>
/// <param name="Scales">What the colours of maps among them mean.</param>
/// <param name="Losses">Predicted against actual errors on all images, each on the route that it took.</param>
/// <param name="HasWholeConfusion">Whether the routes list all confusions; otherwise the most frequent mistakes.</param>
/// <param name="Phases">Where the time went, in order.</param>
/// <param name="Run">What was run, on what.</param>
/// <param name="Measure">Name of the measure that all accuracies are of: the task's primary one.</param>
internal sealed record SweepReport(
    string Title,
    string Conclusion,
    string Detail,
    string Unit,
    IReadOnlyList<ResolutionReport> Resolutions,
    PolicyPoint LargestCalibrated,
    IReadOnlyList<SweepPoint> Points,
    int Chosen,
    IReadOnlyList<PolicyPoint> Alternatives,
    IReadOnlyList<string> Classes,
    IReadOnlyList<RouteReport> Routes,
    string MeasuresTitle,
    IReadOnlyList<RouteMeasures> ByRoute,
    string ImagesNote,
    IReadOnlyList<ColourScale> Scales,
    IReadOnlyList<LossBin> Losses,
    bool HasWholeConfusion,
    IReadOnlyList<Phase> Phases,
    RunReport Run,
    string Measure);
