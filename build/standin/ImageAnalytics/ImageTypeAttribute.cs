using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageTypeAttribute : DataViewTypeAttribute
{
    private readonly int _height;
    private readonly int _width;

    public ImageTypeAttribute()
    {
    }

    public ImageTypeAttribute(int height, int width)
    {
        _height = height;
        _width = width;
    }

    public override bool Equals(DataViewTypeAttribute? other) =>
        other is ImageTypeAttribute image && image._height == _height && image._width == _width;

    public override int GetHashCode() => HashCode.Combine(_height, _width);

    /// <summary>Registers the type with the size. As in ML.NET, without a size this fails.</summary>
    public override void Register() =>
        DataViewTypeManager.Register(new ImageDataViewType(_height, _width), typeof(MLImage), this);
}
