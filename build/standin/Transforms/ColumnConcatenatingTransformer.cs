namespace Microsoft.ML.Data;

/// <summary>Scalars and vectors of one item type side by side; known sizes add up and carry slot names.</summary>
public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    internal const string LoaderName = "Concatenate";
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingTransformer(string output, string[] inputs)
    {
        _output = output;
        _inputs = inputs;
    }

    internal static ColumnConcatenatingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        string output = reader.ReadString();
        return new(output, [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())]);
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        writer.Write(_output);
        writer.Write(_inputs.Length);
        foreach (string input in _inputs)
            writer.Write(input);
    });

    private protected override RowMapper MakeMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper : ColumnwiseMapper
    {
        private readonly DataViewSchema.Column[] _inputs;
        private readonly PrimitiveDataViewType _itemType;
        private readonly int _size;

        public Mapper(ColumnConcatenatingTransformer transformer, DataViewSchema schema)
        {
            _inputs = [.. transformer._inputs.Select(name => schema.FindInput(name))];
            _itemType = _inputs[0].Type.GetItemType() as PrimitiveDataViewType
                ?? throw Mismatch.Wrong("input", _inputs[0].Name, "a primitive or vector type", _inputs[0].Type.ToString()!);
            foreach (DataViewSchema.Column column in _inputs)
            {
                if (!column.Type.GetItemType().Equals(_itemType))
                    throw Mismatch.Wrong("input", column.Name, _itemType.ToString()!, column.Type.ToString()!);
            }

            int[] counts = [.. _inputs.Select(c => c.Type.GetValueCount())];
            _size = counts.Contains(0) ? 0 : counts.Sum();
            OutputColumns = [new(transformer._output, new VectorDataViewType(_itemType, _size), _size > 0 ? SlotNames() : null)];
        }

        public override DataViewSchema.DetachedColumn[] OutputColumns { get; }

        public override IEnumerable<int> InputsOf(int output) => _inputs.Select(c => c.Index);

        protected override Delegate CreateGetter(DataViewRow input, int output, ref Action? disposer) =>
            Generic.Call<Delegate>(this, nameof(MakeGetter), [_itemType.RawType], input);

        private Delegate MakeGetter<T>(DataViewRow input)
        {
            Delegate[] getters = [.. _inputs.Select(c => input.AnyGetter(c))];
            var parts = new VBuffer<T>[getters.Length];
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) =>
            {
                int length = 0;
                for (int i = 0; i < getters.Length; i++)
                {
                    if (getters[i] is ValueGetter<T> scalar)
                    {
                        VBufferEditor<T> one = VBufferEditor.Create(ref parts[i], 1);
                        scalar(ref one.Values[0]);
                        parts[i] = one.Commit();
                    }
                    else
                    {
                        ((ValueGetter<VBuffer<T>>)getters[i])(ref parts[i]);
                    }

                    length += parts[i].Length;
                }

                VBufferEditor<T> editor = VBufferEditor.Create(ref dst, length);
                int at = 0;
                foreach (VBuffer<T> part in parts)
                {
                    part.CopyTo(editor.Values, at);
                    at += part.Length;
                }

                dst = editor.Commit();
            });
        }

        private DataViewSchema.Annotations SlotNames()
        {
            var names = new List<ReadOnlyMemory<char>>();
            foreach (DataViewSchema.Column column in _inputs)
            {
                if (column.Type is not VectorDataViewType vector)
                {
                    names.Add(column.Name.AsMemory());
                    continue;
                }

                VBuffer<ReadOnlyMemory<char>> own = default;
                if (column.HasSlotNames())
                    column.GetSlotNames(ref own);
                foreach (int slot in Enumerable.Range(0, vector.Size))
                    names.Add(own.Length == 0 ? ReadOnlyMemory<char>.Empty : $"{column.Name}.{own.GetItemOrDefault(slot)}".AsMemory());
            }

            ReadOnlyMemory<char>[] all = [.. names];
            var builder = new DataViewSchema.Annotations.Builder();
            if (all.Any(n => !n.IsEmpty))
            {
                builder.Add(AnnotationKinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, all.Length),
                    (ref VBuffer<ReadOnlyMemory<char>> dst) => VBuffer<ReadOnlyMemory<char>>.Copy(all, 0, ref dst, all.Length));
            }

            return builder.ToAnnotations();
        }
    }
}
