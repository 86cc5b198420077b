namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Names in messages.</summary>
internal static class NameList
{
    private const int MostNames = 20;

    /// <summary>Names with commas between them, the first of many.</summary>
    public static string Of(IReadOnlyList<string> names) =>
        names.Count <= MostNames ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNames))}, … ({names.Count} in all)";
}
