namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Kinds of annotations that ML.NET itself understands.</summary>
internal static class AnnotationKinds
{
    /// <summary>The values that keys stand for.</summary>
    public const string KeyValues = "KeyValues";

    /// <summary>The names of the slots of a vector.</summary>
    public const string SlotNames = "SlotNames";
}
