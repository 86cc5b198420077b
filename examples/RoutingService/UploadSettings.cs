using System.ComponentModel.DataAnnotations;

namespace RoutingService;

/// <summary>What is accepted.</summary>
public sealed class UploadSettings
{
    /// <summary>Bytes of one image.</summary>
    [Range(1, int.MaxValue)]
    public int MaxImageBytes { get; set; } = 1 << 20;

    /// <summary>Bytes of a request with several images.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBatchBytes { get; set; } = 16 << 20;

    /// <summary>Pixels of one image.</summary>
    [Range(1, 500_000_000)]
    public int MaxPixels { get; set; } = 4_000_000;

    /// <summary>Whether images are turned upright as their EXIF orientation says.</summary>
    public bool ApplyOrientation { get; set; } = true;
}
