namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Images of one step at all sizes, and their classes.</summary>
/// <param name="sizes">The sizes.</param>
/// <param name="capacity">Most images.</param>
internal sealed class TrainingBatch(IReadOnlyList<InputSize> sizes, int capacity)
{
    /// <summary>Planar RGB, 0..255, one array a size.</summary>
    public IReadOnlyList<float[]> Pixels { get; } = [.. sizes.Select(s => new float[capacity * 3 * s.Height * s.Width])];

    /// <summary>Class of each image.</summary>
    public long[] Labels { get; } = new long[capacity];

    /// <summary>Images in it.</summary>
    public int Count { get; set; }
}
