using System.Globalization;

namespace Microsoft.ML.OtdRouting;

/// <summary>Costs as text.</summary>
internal static class CostUnitText
{
    public static string Describe(this CostUnit unit, double cost) => unit == CostUnit.Milliseconds
        ? string.Create(CultureInfo.InvariantCulture, $"{cost:G4} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{cost / 1e6:G5} MFLOPs");
}
