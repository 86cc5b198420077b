using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// The values of one upstream column for a window of rows: a cursor that has read ahead must still hand out the values of the rows
/// it passed.
/// </summary>
internal abstract class ColumnWindow : IDisposable
{
    /// <summary>Reads the value of the input's current row into a slot.</summary>
    public abstract void Fetch(int slot);

    /// <summary>A typed getter that hands out the value of the slot that is current when it is called.</summary>
    public abstract Delegate CreateGetter(Func<int> currentSlot);

    /// <summary>Frees what the window holds; values that were handed out stay good.</summary>
    public virtual void Dispose()
    {
    }

    /// <summary>A window over an active column of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    /// <param name="capacity">How many slots there are; 0 when only the value that was fetched last is needed.</param>
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

/// <summary>Scalars and texts, copied by value.</summary>
internal sealed class ValueColumnWindow<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
    private readonly T[] _values = new T[Math.Max(1, capacity)];
    private int _fetched;

    /// <summary>The value that was fetched last.</summary>
    public T Fetched => _values[_fetched];

    public override void Fetch(int slot)
    {
        // Without a capacity only the last value is of interest.
        _fetched = capacity == 0 ? 0 : slot;
        _getter(ref _values[_fetched]);
    }

    public override Delegate CreateGetter(Func<int> currentSlot) => (ValueGetter<T>)((ref T value) => value = _values[currentSlot()]);
}

/// <summary>Vectors, copied element by element: the consumer owns and may change what it was given.</summary>
internal sealed class VectorColumnWindow<T>(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _values = new VBuffer<T>[Math.Max(1, capacity)];
    private bool _exchanges;
    private int _fetched;

    /// <summary>The vector that was fetched last.</summary>
    public ref readonly VBuffer<T> Fetched => ref _values[_fetched];

    /// <summary>The vector of a slot.</summary>
    public ref readonly VBuffer<T> At(int slot) => ref _values[slot];

    public override void Fetch(int slot)
    {
        // Without a capacity only the last vector is of interest.
        _fetched = capacity == 0 ? 0 : slot;
        _getter(ref _values[_fetched]);
    }

    /// <summary>Reads the vector of the input's current row into an array of its length; a vector of another length stays <see cref="Fetched"/> alone.</summary>
    /// <param name="slot">The row.</param>
    /// <param name="target">
    /// The array, which the getter writes to in place; a new one afterwards where the getter has taken it in exchange for another of its own.
    /// </param>
    public void Fetch(int slot, ref T[] target)
    {
        _fetched = capacity == 0 ? 0 : slot;
        ref var vector = ref _values[_fetched];
        if (!_exchanges)
        {
            vector = new VBuffer<T>(target.Length, target);
        }
        else if (LiesIn(in vector, target))
        {
            vector = default;
        }

        _getter(ref vector);
        if (LiesIn(in vector, target))
        {
            return;
        }

        if (!_exchanges)
        {
            // Whoever has the array now may write to it.
            (_exchanges, target) = (true, new T[target.Length]);
        }

        if (vector.Length == target.Length)
        {
            vector.CopyTo(target);
        }
    }

    public override Delegate CreateGetter(Func<int> currentSlot) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[currentSlot()].CopyTo(ref value));

    private static bool LiesIn(in VBuffer<T> vector, T[] array) =>
        vector.IsDense && vector.Length == array.Length &&
        Unsafe.AreSame(in MemoryMarshal.GetReference(vector.GetValues()), in MemoryMarshal.GetArrayDataReference(array));
}

/// <summary>
/// Images. What the upstream getter gives is good for its own row only: a loader frees it when it makes the next one, and ML.NET's resizing hands
/// out the loader's where the size is right already. So the window holds copies. Consumers get copies of these, which they own. The upstream
/// images themselves are never disposed here, since they may be the caller's (objects in memory).
/// </summary>
internal sealed class ImageColumnWindow(DataViewRow row, DataViewSchema.Column column, int capacity) : ColumnWindow
{
    private readonly ValueGetter<MLImage> _getter = row.GetGetter<MLImage>(column);
    private readonly MLImage?[] _images = new MLImage?[capacity];
    private MLImage? _fetched;

    /// <summary>The image that was fetched last, until the next is; null when the row has none.</summary>
    public MLImage? Fetched => _fetched;

    public override void Fetch(int slot)
    {
        if (slot < _images.Length)
        {
            // The getter may throw, and then the slot has no image.
            Replace(ref _images[slot], null);
        }

        _getter(ref _fetched!);
        if (slot < _images.Length)
        {
            Replace(ref _images[slot], _fetched);
        }
    }

    public override Delegate CreateGetter(Func<int> currentSlot) =>
        (ValueGetter<MLImage>)((ref MLImage value) => Replace(ref value!, _images[currentSlot()]));

    public override void Dispose()
    {
        for (var slot = 0; slot < _images.Length; slot++)
        {
            Replace(ref _images[slot], null);
        }
    }

    private static void Replace(ref MLImage? target, MLImage? source)
    {
        target?.Dispose();
        target = null;
        if (source is not null)
        {
            target = MLImage.CreateFromPixels(source.Width, source.Height, source.PixelFormat, source.Pixels);
            target.Tag = source.Tag;
        }
    }
}
