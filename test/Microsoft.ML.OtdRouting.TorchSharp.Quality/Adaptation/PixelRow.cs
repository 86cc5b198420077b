namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>An image as the library takes it.</summary>
internal sealed class PixelRow
{
    /// <summary>Planar RGB at the largest size.</summary>
    public float[] Image { get; set; } = [];
}
