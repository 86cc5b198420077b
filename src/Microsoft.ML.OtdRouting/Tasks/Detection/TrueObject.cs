namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>An object that is in an image.</summary>
/// <param name="Box">Where.</param>
/// <param name="Class">Of which class, as the models count them.</param>
/// <param name="Kind">How it counts.</param>
internal readonly record struct TrueObject(Box Box, int Class, TrueObjectKind Kind = TrueObjectKind.Counted)
{
    /// <summary>Whether it is neither to be found nor wrong to be found.</summary>
    public bool IsIgnored => Kind != TrueObjectKind.Counted;
}

/// <summary>How an object counts when detections are measured.</summary>
internal enum TrueObjectKind
{
    /// <summary>It is to be found, once.</summary>
    Counted,

    /// <summary>Detections of it do not count: <c>difficult</c> of Pascal VOC.</summary>
    Difficult,

    /// <summary>As <see cref="Difficult"/>, for many objects in one box: a detection is of it by the part of its own area that lies in it. <c>iscrowd</c> of COCO.</summary>
    Crowd,
}
