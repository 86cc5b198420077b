using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>Images of one size, or of any size where height and width are 0.</summary>
public sealed class ImageDataViewType : StructuredDataViewType
{
    public readonly int Height;
    public readonly int Width;

    public ImageDataViewType()
        : base(typeof(MLImage))
    {
    }

    public ImageDataViewType(int height, int width)
        : base(typeof(MLImage))
    {
        if (height <= 0 || height > int.MaxValue / 4 / Math.Max(1, width))
            throw new ArgumentOutOfRangeException(nameof(height));
        if (width <= 0)
            throw new ArgumentOutOfRangeException(nameof(width));
        Height = height;
        Width = width;
    }

    public override bool Equals(DataViewType? other) => other is ImageDataViewType image && image.Height == Height && image.Width == Width;

    public override int GetHashCode() => HashCode.Combine(Height, Width);

    public override string ToString() => Height == 0 ? "Image" : $"Image<{Height}, {Width}>";
}
