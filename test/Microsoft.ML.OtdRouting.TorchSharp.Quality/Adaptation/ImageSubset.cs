using Microsoft.ML.OtdRouting.Quality.Images;

namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>Some images of a set.</summary>
internal sealed class ImageSubset(IImageSet images, IReadOnlyList<int> rows) : IImageSet
{
    public int Count => rows.Count;

    public int Label(int index) => images.Label(rows[index]);

    public void Read(int index, Span<float> target) => images.Read(rows[index], target);
}
