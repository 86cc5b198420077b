namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Which corrections align what resolutions say about an image.</summary>
internal enum AlignedBy
{
    /// <summary>None: outputs stay as they are.</summary>
    Nothing,

    /// <summary>Those that are fitted without the images of its fold.</summary>
    OtherFolds,

    /// <summary>Those that are fitted to all images.</summary>
    AllRows,
}
