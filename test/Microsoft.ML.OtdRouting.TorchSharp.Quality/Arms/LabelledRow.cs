using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>An image and its class as the library takes them.</summary>
internal sealed class LabelledRow
{
    /// <summary>Number of classes of the sets that are trained on here.</summary>
    public const int Classes = 10;

    /// <summary>Planar RGB at the largest size.</summary>
    public float[] Image { get; set; } = [];

    /// <summary>The class, counted from 0: ML.NET makes the key of it.</summary>
    [KeyType(Classes)]
    public uint Label { get; set; }
}
