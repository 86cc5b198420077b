namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>One figure of how well the router answers.</summary>
/// <param name="Name">Name of the task's measure.</param>
/// <param name="Value">The figure; null where there is no truth to measure against.</param>
internal sealed record MeasureReport(string Name, double? Value)
{
    /// <summary>From the measures of the library.</summary>
    public static IReadOnlyList<MeasureReport> Of(IReadOnlyList<TaskMeasure> measures) =>
        [.. measures.Select(m => new MeasureReport(m.Name, double.IsFinite(m.Value) ? m.Value : null))];
}
