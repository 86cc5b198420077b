using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// Reads the image column of a row as planar RGB floats at the largest resolution. The column holds images of any size, paths of image files, or float
/// vectors that have that form already.
/// </summary>
internal sealed class ImageSource
{
    private readonly DataViewSchema.Column _column;
    private readonly ImageDecoder _decoder;
    private readonly PixelReader _pixels;
    private readonly int _height;
    private readonly int _width;
    private readonly ColumnWindow _window;

    /// <summary>A source that reads from a row.</summary>
    /// <param name="row">The row, whose image column must be active.</param>
    /// <param name="column">The image column.</param>
    /// <param name="height">Height of the largest resolution.</param>
    /// <param name="width">Width of the largest resolution.</param>
    /// <param name="fit">How images of other sizes are brought to that size.</param>
    /// <param name="decoder">Decodes the files, where the column holds paths.</param>
    /// <param name="keep">How many values stay available in <see cref="Window"/>; 0 when only the pixels are needed.</param>
    public ImageSource(DataViewRow row, DataViewSchema.Column column, int height, int width, ImageFit fit, ImageDecoder decoder, int keep)
    {
        _column = column;
        _decoder = decoder;
        _height = height;
        _width = width;
        _pixels = new PixelReader(height, width, fit);
        _window = ColumnWindow.Create(row, column, keep);
    }

    /// <summary>The values of the column, for consumers downstream.</summary>
    public ColumnWindow Window => _window;

    /// <summary>Finds and checks the image column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or its type is neither an image nor a text nor a float vector of the right length.</exception>
    public static DataViewSchema.Column Bind(DataViewSchema schema, string name, int height, int width)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no image column '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        var length = 3 * height * width;
        return column.Type switch
        {
            ImageDataViewType or TextDataViewType => column,
            VectorDataViewType { ItemType: NumberDataViewType item } vector when item.RawType == typeof(float) && vector.Size == length => column,
            _ => throw new ArgumentException(
                $"Column '{name}' is {column.Type}; expected an image, the path of one, or a vector of {length} floats (planar RGB of {height}x{width})."),
        };
    }

    /// <summary>What a column that <see cref="Bind"/> has found holds.</summary>
    public static ImageForm FormOf(DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType => ImageForm.Vectors,
        TextDataViewType => ImageForm.Paths,
        _ => ImageForm.Images,
    };

    /// <summary>Reads the pixels of the input's current row into <paramref name="target"/>.</summary>
    /// <param name="slot">Slot of <see cref="Window"/>, where values are kept.</param>
    /// <param name="target">Planar RGB at the largest resolution.</param>
    /// <param name="describeRow">Names the row in errors.</param>
    /// <exception cref="InvalidOperationException">The image is missing or cannot be read; the message names the row.</exception>
    public void Read(int slot, Span<float> target, Func<string> describeRow)
    {
        var isThere = true;
        try
        {
            _window.Fetch(slot);
            if (_window is ImageColumnWindow images)
            {
                isThere = images.Fetched is not null;
                if (isThere)
                {
                    _pixels.Read(images.Fetched!, target);
                }
            }
            else if (_window is ValueColumnWindow<ReadOnlyMemory<char>> paths)
            {
                isThere = !paths.Fetched.Span.IsWhiteSpace();
                if (isThere)
                {
                    using var image = _decoder.Decode(paths.Fetched.ToString());
                    _pixels.Read(image, target);
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"{describeRow()}: column '{_column.Name}' has no readable image: {e.Message}", e);
        }

        if (!isThere)
        {
            throw new InvalidOperationException($"{describeRow()}: column '{_column.Name}' has no image.");
        }

        if (_window is VectorColumnWindow<float> vectors)
        {
            ref readonly var vector = ref vectors.Fetched;
            if (vector.Length != target.Length)
            {
                throw new InvalidOperationException(
                    $"{describeRow()}: column '{_column.Name}' has {vector.Length} floats; expected {target.Length} (planar RGB of {_height}x{_width}).");
            }

            vector.CopyTo(target);
            if (!float.IsFinite(TensorPrimitives.MaxMagnitude<float>(target)))
            {
                var place = 0;
                while (float.IsFinite(target[place]))
                {
                    place++;
                }

                throw new InvalidOperationException(
                    $"{describeRow()}: column '{_column.Name}' has {(float.IsNaN(target[place]) ? "NaN" : "infinity")} at place {place} of {target.Length}; " +
                    "finite numbers are expected (planar RGB, 0..255).");
            }
        }
    }
}
