namespace Microsoft.ML;

/// <summary>The exceptions of columns that are missing or of the wrong type, worded as ML.NET words them.</summary>
internal static class Mismatch
{
    public static ArgumentOutOfRangeException Missing(string role, string column, string paramName = "inputSchema") =>
        new(paramName, $"Could not find {role} column '{column}'");

    public static ArgumentOutOfRangeException Wrong(
        string role, string column, string expected, string actual, string paramName = "inputSchema") =>
        new(paramName, $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}");

    public static DataViewSchema.Column FindInput(this DataViewSchema schema, string name, string role = "input") =>
        schema.GetColumnOrNull(name) ?? throw Missing(role, name);
}
