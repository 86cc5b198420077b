namespace Microsoft.ML.OtdRouting;

/// <summary>What image files are accepted, and how their pixels are laid out.</summary>
public sealed class ImageDecodingOptions
{
    /// <summary>More pixels than these do not fit into one array of floats.</summary>
    private const int MostPixels = 500_000_000;

    /// <summary>Folder of relative paths; empty, the default, for the current folder of the process.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Folder
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(Folder), $"{nameof(Folder)} is null; empty is the current folder.");
    } = "";

    /// <summary>
    /// Pixels of an image, at most; from 1 to 500,000,000. Read from the header, before anything is decoded: a file of a few kilobytes can hold an image of
    /// gigabytes. Decoding takes 4 bytes a pixel, twice that for an image that is turned, resizing 12. Default 100,000,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxPixels
    {
        get;
        set => field = value is >= 1 and <= MostPixels
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxPixels), value, $"{nameof(MaxPixels)} is {value}; it must be from 1 to {MostPixels}.");
    } = 100_000_000;

    /// <summary>
    /// Whether images are turned and mirrored as their EXIF orientation says: cameras store what the sensor saw, and the way it was held beside it.
    /// Default true.
    /// </summary>
    public bool ApplyOrientation { get; set; } = true;

    /// <summary>
    /// Whether JPEG files of images in a column of paths or of encoded images are decoded at a half, a quarter or an eighth of their size where that still holds the
    /// largest resolution: a large photograph takes a fraction of the time, and its pixels are nearly the same. Default true.
    /// </summary>
    public bool ScaledDecoding { get; set; } = true;

    internal ImageDecodingOptions Clone() => (ImageDecodingOptions)MemberwiseClone();
}
