using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// The values of one upstream column for a window of rows: a cursor that has read ahead must still hand out the values of the rows
/// it passed.
/// </summary>
internal abstract class ColumnWindow
{
    /// <summary>Reads the value of the input's current row into a slot.</summary>
    public abstract void Fetch(int slot);

    /// <summary>A typed getter that hands out the value of the slot that is current when it is called.</summary>
    public abstract Delegate CreateGetter(Func<int> currentSlot);

    /// <summary>A window over an active column of a row.</summary>
    public static ColumnWindow Create(DataViewRow row, DataViewSchema.Column column, int capacity)
    {
        var type = column.Type.RawType;
        if (type == typeof(MLImage))
        {
            return new ImageColumnWindow(row, column, capacity);
        }

        var window = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(VectorColumnWindow<>).MakeGenericType(type.GetGenericArguments())
            : typeof(ValueColumnWindow<>).MakeGenericType(type);
        return (ColumnWindow)Activator.CreateInstance(window, row, column, capacity)!;
    }
}

/// <summary>Scalars, copied by value.</summary>
internal sealed class ValueColumnWindow<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
    private readonly T[] _values = new T[capacity];

    public override void Fetch(int slot) => _getter(ref _values[slot]);

    public override Delegate CreateGetter(Func<int> currentSlot) => (ValueGetter<T>)((ref T value) => value = _values[currentSlot()]);
}

/// <summary>Vectors, copied element by element: the consumer owns and may change what it was given.</summary>
internal sealed class VectorColumnWindow<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

    public override void Fetch(int slot) => _getter(ref _values[slot]);

    public override Delegate CreateGetter(Func<int> currentSlot) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[currentSlot()].CopyTo(ref value));

    /// <summary>The vector in a slot.</summary>
    public ref readonly VBuffer<T> this[int slot] => ref _values[slot];
}

/// <summary>
/// Images. Consumers get copies, which they own. The images themselves are never disposed here, since they may be the caller's (objects in
/// memory): a slot is handed to the upstream getter again, and a getter that makes images, such as a loader's, then frees the old one.
/// </summary>
internal sealed class ImageColumnWindow(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<MLImage> _getter = row.GetGetter<MLImage>(column);
    private readonly MLImage?[] _images = new MLImage?[capacity];

    public override void Fetch(int slot) => _getter(ref _images[slot]!);

    public override Delegate CreateGetter(Func<int> currentSlot) => (ValueGetter<MLImage>)((ref MLImage value) =>
    {
        value?.Dispose();
        value = null!;
        if (_images[currentSlot()] is { } image)
        {
            value = MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
            value.Tag = image.Tag;
        }
    });

    /// <summary>The image in a slot; null when the row has none.</summary>
    public MLImage? this[int slot] => _images[slot];
}
