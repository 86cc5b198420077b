using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A dense or sparse vector that lends its arrays out for reuse. A default value is a dense vector of length 0;
/// where the number of stored values equals the length the vector is dense and the indices are ignored.
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[]? _values;
    private readonly int[]? _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[] values, int[]? indices = null)
        : this(length, length, values, indices ?? [])
    {
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
            throw new ArgumentOutOfRangeException(nameof(count), $"A vector of length {length} cannot store {count} values.");
        if (count > (values?.Length ?? 0))
            throw new ArgumentException($"The array has {values?.Length ?? 0} values, needed are {count}.", nameof(values));
        if (count < length && count > (indices?.Length ?? 0))
            throw new ArgumentException($"The array has {indices?.Length ?? 0} indices, needed are {count}.", nameof(indices));
        Length = length;
        _count = count;
        _values = values;
        _indices = indices;
    }

    public bool IsDense => _count == Length;

    internal T[]? ValueArray => _values;

    internal int[]? IndexArray => _indices;

    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyToDense(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        if (!IsDense)
            GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        if (sourceIndex < 0 || length < 0 || sourceIndex > Length - length)
            throw new ArgumentOutOfRangeException(nameof(length));
        T[] part = new T[length];
        T[] all = new T[Length];
        CopyTo(all);
        Array.Copy(all, sourceIndex, part, 0, length);
        new VBuffer<T>(length, part).CopyTo(ref destination);
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default!)
    {
        Span<T> target = destination.Slice(destinationIndex, Length);
        ReadOnlySpan<T> values = GetValues();
        if (IsDense)
        {
            values.CopyTo(target);
            return;
        }

        target.Fill(defaultValue);
        ReadOnlySpan<int> indices = GetIndices();
        for (int i = 0; i < values.Length; i++)
            target[indices[i]] = values[i];
    }

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        if (all || IsDense)
        {
            int index = 0;
            foreach (T value in DenseValues())
                yield return new(index++, value);
        }
        else
        {
            for (int i = 0; i < _count; i++)
                yield return new(_indices![i], _values![i]);
        }
    }

    public IEnumerable<T> DenseValues()
    {
        int stored = 0;
        for (int i = 0; i < Length; i++)
        {
            if (IsDense)
                yield return _values![i];
            else if (stored < _count && _indices![stored] == i)
                yield return _values![stored++];
            else
                yield return default!;
        }
    }

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public T GetItemOrDefault(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index));
        if (IsDense)
            return _values![index];
        int stored = Array.BinarySearch(_indices!, 0, _count, index);
        return stored >= 0 ? _values![stored] : default!;
    }

    public IEnumerator GetEnumerator() => DenseValues().GetEnumerator();

    public override string ToString() =>
        IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";
}
