namespace Microsoft.ML.OtdRouting.Quality.Images;

/// <summary>Labelled images.</summary>
internal interface IImageSet
{
    int Count { get; }

    int Label(int index);

    /// <summary>Reads the pixels of an image: planar RGB at the size of the largest resolution, 0..255.</summary>
    void Read(int index, Span<float> target);
}
