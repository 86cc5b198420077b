namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Something that a result depends on.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Version">Its version or kind.</param>
internal sealed record SoftwareVersion(string Name, string Version);
