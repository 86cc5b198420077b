using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// Reads the image column of a row as planar RGB floats at the largest resolution. The column holds images of any size, paths of image files, their bytes, or
/// float vectors that have that form already. What has to be decoded can be decoded later, by several threads.
/// </summary>
internal sealed class ImageSource
{
    private readonly DataViewSchema.Column _column;
    private readonly ImageDecoder _decoder;
    private readonly PixelReaders _readers;
    private readonly ColumnWindow _window;
    private readonly string[] _paths;
    private readonly ImageForm _form;

    /// <summary>A source that reads from a row.</summary>
    /// <param name="row">The row, whose image column must be active.</param>
    /// <param name="column">The image column.</param>
    /// <param name="readers">Bring images to the largest resolution.</param>
    /// <param name="decoder">Decodes the files, where the column holds paths or bytes.</param>
    /// <param name="capacity">Slots.</param>
    /// <param name="keep">Whether all values stay available in <see cref="Window"/>.</param>
    public ImageSource(DataViewRow row, DataViewSchema.Column column, PixelReaders readers, ImageDecoder decoder, int capacity, bool keep)
    {
        _column = column;
        _decoder = decoder;
        _readers = readers;
        _form = FormOf(column);
        _paths = new string[_form == ImageForm.Paths ? capacity : 0];
        _window = ColumnWindow.Create(row, column, keep || _form == ImageForm.Encoded ? capacity : 0);
    }

    /// <summary>The values of the column, for consumers downstream.</summary>
    public ColumnWindow Window => _window;

    /// <summary>Whether images are still to be decoded when they have been fetched.</summary>
    public bool Decodes => _form is ImageForm.Paths or ImageForm.Encoded;

    /// <summary>Finds and checks the image column.</summary>
    /// <exception cref="ArgumentException">There is no such column, or its type is none of those that hold an image.</exception>
    public static DataViewSchema.Column Bind(DataViewSchema schema, string name, int height, int width)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no image column '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        var length = 3 * height * width;
        return column.Type switch
        {
            ImageDataViewType or TextDataViewType => column,
            VectorDataViewType { ItemType: NumberDataViewType item } vector when item.RawType == typeof(float) && vector.Size == length => column,
            VectorDataViewType { ItemType: NumberDataViewType item } when item.RawType == typeof(byte) => column,
            _ => throw new ArgumentException(
                $"Column '{name}' is {column.Type}; expected an image, the path of one, the bytes of its file, or a vector of {length} floats " +
                $"(planar RGB of {height}x{width})."),
        };
    }

    /// <summary>What a column that <see cref="Bind"/> has found holds.</summary>
    public static ImageForm FormOf(DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType vector => vector.ItemType.RawType == typeof(byte) ? ImageForm.Encoded : ImageForm.Vectors,
        TextDataViewType => ImageForm.Paths,
        _ => ImageForm.Images,
    };

    /// <summary>Reads the input's current row: its pixels into <paramref name="target"/>, unless they are to be decoded.</summary>
    /// <param name="slot">Where the row's value is kept.</param>
    /// <param name="target">Planar RGB at the largest resolution; another array afterwards where this one has been given away.</param>
    /// <param name="frame">How the image lies there; unless it is to be decoded.</param>
    /// <exception cref="InvalidOperationException">The image is missing or cannot be read; the message names the column.</exception>
    public void Fetch(int slot, ref float[] target, ref ImageFrame frame)
    {
        try
        {
            if (_window is VectorColumnWindow<float> into)
            {
                into.Fetch(slot, ref target);
            }
            else
            {
                _window.Fetch(slot);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Unreadable(e);
        }

        switch (_window)
        {
            case ImageColumnWindow images:
                frame = Read(images.Fetched ?? throw Missing(), target);
                break;
            case ValueColumnWindow<ReadOnlyMemory<char>> paths:
                if (paths.Fetched.Span.IsWhiteSpace())
                {
                    throw Missing();
                }

                _paths[slot] = paths.Fetched.ToString();
                break;
            case VectorColumnWindow<byte> files:
                if (files.At(slot).Length == 0)
                {
                    throw Missing();
                }

                break;
            case VectorColumnWindow<float> vectors:
                Check(in vectors.Fetched, target);
                frame = ImageFrame.OfSize(_readers.Height, _readers.Width);
                break;
        }
    }

    /// <summary>Decodes the image of a row that was fetched. Several threads may decode different slots.</summary>
    /// <param name="slot">The row.</param>
    /// <param name="target">Planar RGB at the largest resolution.</param>
    /// <returns>How the image lies there.</returns>
    /// <exception cref="InvalidOperationException">The image cannot be read; the message names the column.</exception>
    public ImageFrame Decode(int slot, Span<float> target)
    {
        var reader = _readers.Rent();
        try
        {
            if (_form == ImageForm.Paths)
            {
                return _decoder.Read(_paths[slot], reader, target);
            }

            ref readonly var file = ref ((VectorColumnWindow<byte>)_window).At(slot);
            return _decoder.Read(file.IsDense ? file.GetValues() : file.DenseValues().ToArray(), reader, target);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Unreadable(e);
        }
        finally
        {
            _readers.Return(reader);
        }
    }

    /// <summary>Reads the input's current row at once, decoded.</summary>
    /// <param name="target">Planar RGB at the largest resolution; another array afterwards where this one has been given away.</param>
    /// <param name="describeRow">Names the row in errors.</param>
    /// <returns>How the image lies there.</returns>
    /// <exception cref="InvalidOperationException">The image is missing or cannot be read; the message names row and column.</exception>
    public ImageFrame Read(ref float[] target, Func<string> describeRow)
    {
        try
        {
            var frame = default(ImageFrame);
            Fetch(0, ref target, ref frame);
            return Decodes ? Decode(0, target) : frame;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{describeRow()}: {e.Message}", e.InnerException ?? e);
        }
    }

    private ImageFrame Read(MLImage image, Span<float> target)
    {
        var reader = _readers.Rent();
        try
        {
            return reader.Read(image, target);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Unreadable(e);
        }
        finally
        {
            _readers.Return(reader);
        }
    }

    private void Check(in VBuffer<float> vector, ReadOnlySpan<float> target)
    {
        if (vector.Length != target.Length)
        {
            throw new InvalidOperationException(
                $"column '{_column.Name}' has {vector.Length} floats; expected {target.Length} (planar RGB of {_readers.Height}x{_readers.Width}).");
        }

        if (!float.IsFinite(TensorPrimitives.MaxMagnitude<float>(target)))
        {
            var place = 0;
            while (float.IsFinite(target[place]))
            {
                place++;
            }

            throw new InvalidOperationException(
                $"column '{_column.Name}' has {(float.IsNaN(target[place]) ? "NaN" : "infinity")} at place {place} of {target.Length}; " +
                "finite numbers are expected (planar RGB, 0..255).");
        }
    }

    private InvalidOperationException Missing() => new($"column '{_column.Name}' has no image.");

    private InvalidOperationException Unreadable(Exception e) => new($"column '{_column.Name}' has no readable image: {e.Message}", e);
}
