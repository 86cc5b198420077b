namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What was run, on what.</summary>
/// <param name="Command">The command line.</param>
/// <param name="Date">When, in UTC.</param>
/// <param name="FittingImages">Where the images came from that the router was fitted on.</param>
/// <param name="FittingCount">How many they were.</param>
/// <param name="Teacher">What took the place of their labels; null for labels.</param>
/// <param name="TestImages">Where the test images came from.</param>
/// <param name="TestCount">How many they were.</param>
/// <param name="Versions">Software and machine, name and version.</param>
internal sealed record RunReport(
    string Command,
    DateTime Date,
    string FittingImages,
    int FittingCount,
    string? Teacher,
    string TestImages,
    int TestCount,
    IReadOnlyList<SoftwareVersion> Versions);
