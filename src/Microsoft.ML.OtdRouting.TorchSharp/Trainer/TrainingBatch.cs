namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Images of one step at all sizes, and the truth about them.</summary>
/// <param name="sizes">The sizes.</param>
/// <param name="capacity">Most images.</param>
/// <param name="targetLength">Floats of the truth about an image.</param>
internal sealed class TrainingBatch(IReadOnlyList<InputSize> sizes, int capacity, int targetLength)
{
    /// <summary>Planar RGB, 0..255, one array a size.</summary>
    public IReadOnlyList<float[]> Pixels { get; } = [.. sizes.Select(s => new float[capacity * 3 * s.Height * s.Width])];

    /// <summary>Most images.</summary>
    public int Capacity => capacity;

    /// <summary>The truth about each image, as the objective has it, image by image.</summary>
    public float[] Targets { get; } = new float[capacity * targetLength];

    /// <summary>Images in it.</summary>
    public int Count { get; set; }
}
