using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>The model bound to the columns of an input schema.</summary>
internal sealed class OnnxMapper : RowMapper
{
    private readonly InferenceSession _session;
    private readonly OnnxNode[] _inputs;
    private readonly OnnxNode[] _outputs;
    private readonly DataViewSchema.Column[] _columns;

    public OnnxMapper(InferenceSession session, OnnxNode[] inputs, OnnxNode[] outputs, DataViewSchema schema)
    {
        _session = session;
        _inputs = inputs;
        _outputs = outputs;
        _columns = [.. inputs.Select(node => Bind(node, schema))];
        OutputColumns = [.. outputs.Select(node => new DataViewSchema.DetachedColumn(node.Name, node.ColumnType))];
    }

    public override DataViewSchema.DetachedColumn[] OutputColumns { get; }

    public override IEnumerable<int> InputsOf(int output) => _columns.Select(c => c.Index);

    public override Delegate?[] CreateGetters(DataViewRow input, bool[] activeOutputs, out Action? disposer)
    {
        var getters = new Delegate?[activeOutputs.Length];
        disposer = null;
        if (!activeOutputs.Contains(true))
            return getters;

        int[] active = [.. Enumerable.Range(0, activeOutputs.Length).Where(i => activeOutputs[i])];
        string[] inputNames = [.. _inputs.Select(n => n.Name)];
        string[] outputNames = [.. active.Select(i => _outputs[i].Name)];
        Func<OrtValue>[] readers = [.. _inputs.Select((node, i) => Generic.Call<Func<OrtValue>>(
            typeof(OnnxMapper), nameof(TensorReader), [node.ItemType.RawType], node, input, _columns[i]))];
        IDisposableReadOnlyCollection<OrtValue>? results = null;
        long computed = -1;
        var options = new RunOptions();
        disposer = () =>
        {
            options.Dispose();
            results?.Dispose();
            results = null;
        };
        for (int at = 0; at < active.Length; at++)
        {
            int slot = at;
            Func<OrtValue> current = () => Run()[slot];
            PrimitiveDataViewType type = _outputs[active[at]].ItemType;
            getters[active[at]] = type is TextDataViewType
                ? TextGetter(current)
                : Generic.Call<Delegate>(typeof(OnnxMapper), nameof(NumberGetter), [type.RawType], current);
        }

        return getters;

        IDisposableReadOnlyCollection<OrtValue> Run()
        {
            GetterChecks.CheckPosition(input.Position);
            if (computed == input.Position && results != null)
                return results;
            results?.Dispose();
            results = null;
            OrtValue[] tensors = [.. readers.Select(read => read())];
            try
            {
                results = _session.Run(options, inputNames, tensors, outputNames);
            }
            finally
            {
                foreach (OrtValue tensor in tensors)
                    tensor.Dispose();
            }

            computed = input.Position;
            return results;
        }
    }

    private static DataViewSchema.Column Bind(OnnxNode node, DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.FindInput(node.Name);
        if (column.Type is VectorDataViewType { IsKnownSize: false })
            throw new InvalidOperationException($"Variable length input columns not supported: '{node.Name}' is {column.Type}.");
        if (!column.Type.GetItemType().Equals(node.ItemType))
            throw Mismatch.Wrong("input", node.Name, node.ItemType.ToString()!, column.Type.ToString()!);
        // A multiple of the length passes here, as in ML.NET, and fails with the first row.
        if (column.Type.GetValueCount() % node.Count != 0)
        {
            throw new InvalidOperationException(
                $"Input shape mismatch: Input '{node.Name}' has shape {string.Join(",", node.Shape)}, but input data is of length {column.Type.GetValueCount()}.");
        }

        return column;
    }

    private static Func<OrtValue> TensorReader<T>(OnnxNode node, DataViewRow row, DataViewSchema.Column column)
    {
        long[] shape = [.. node.Shape.Select(d => (long)d)];
        Func<T[]> read;
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> buffer = default;
            read = () =>
            {
                vector(ref buffer);
                T[] values = new T[buffer.Length];
                buffer.CopyTo(values);
                return values;
            };
        }
        else
        {
            ValueGetter<T> scalar = row.GetGetter<T>(column);
            read = () =>
            {
                T value = default!;
                scalar(ref value);
                return [value];
            };
        }

        return () =>
        {
            T[] values = read();
            if (values.Length != node.Count)
                throw new ArgumentException(
                    $"Length of memory ({values.Length}) must match product of dimensions ({node.Count}) of input '{node.Name}'.");
            return typeof(T) == typeof(ReadOnlyMemory<char>)
                ? Texts((ReadOnlyMemory<char>[])(object)values, shape)
                : Numbers(values, shape);
        };
    }

    private static OrtValue Numbers<T>(T[] values, long[] shape) => values switch
    {
        float[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        double[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        sbyte[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        byte[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        short[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        ushort[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        int[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        uint[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        long[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        ulong[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        bool[] v => OrtValue.CreateTensorValueFromMemory(v, shape),
        _ => throw new NotSupportedException($"Tensors of {typeof(T)} are not supported."),
    };

    private static OrtValue Texts(ReadOnlyMemory<char>[] values, long[] shape)
    {
        OrtValue tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < values.Length; i++)
            tensor.StringTensorSetElementAt(values[i].Span, i);
        return tensor;
    }

    private static Delegate TextGetter(Func<OrtValue> current) =>
        (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> dst) =>
    {
        ReadOnlyMemory<char>[] texts = [.. current().GetStringTensorAsArray().Select(text => text.AsMemory())];
        VBuffer<ReadOnlyMemory<char>>.Copy(texts, 0, ref dst, texts.Length);
    });

    private static Delegate NumberGetter<T>(Func<OrtValue> current)
        where T : unmanaged => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) =>
    {
        ReadOnlySpan<T> values = current().GetTensorDataAsSpan<T>();
        VBufferEditor<T> editor = VBufferEditor.Create(ref dst, values.Length);
        values.CopyTo(editor.Values);
        dst = editor.Commit();
    });
}
