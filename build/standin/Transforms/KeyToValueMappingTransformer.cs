using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "KeyToValue";

    internal KeyToValueMappingTransformer(IEnumerable<(string Output, string Input)> columns)
        : base(columns)
    {
    }

    internal static KeyToValueMappingTransformer Load(ModelLoadContext ctx, BinaryReader reader) => new(LoadPairs(reader));

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, SavePairs);

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (!input.HasKeyValues())
            throw new InvalidOperationException($"Annotation KeyValues does not exist in column '{input.Name}'.");
        PrimitiveDataViewType item = ItemType(input);
        return new(Pairs[pair].Output, input.Type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer) =>
        Generic.Call<Delegate>(
            typeof(KeyToValueMappingTransformer), nameof(Getter), [input.Type.GetItemType().RawType, ItemType(input).RawType], row, input);

    private static PrimitiveDataViewType ItemType(DataViewSchema.Column input) =>
        ((VectorDataViewType)input.Annotations.Schema[AnnotationKinds.KeyValues].Type).ItemType;

    private static Delegate Getter<TKey, TValue>(DataViewRow row, DataViewSchema.Column input)
    {
        VBuffer<TValue> values = default;
        input.GetKeyValues(ref values);
        if (input.Type is not VectorDataViewType)
        {
            ValueGetter<TKey> scalar = row.GetGetter<TKey>(input);
            return (ValueGetter<TValue>)((ref TValue dst) =>
            {
                TKey key = default!;
                scalar(ref key);
                dst = Value(values, key);
            });
        }

        ValueGetter<VBuffer<TKey>> vector = row.GetGetter<VBuffer<TKey>>(input);
        VBuffer<TKey> keys = default;
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> dst) =>
        {
            vector(ref keys);
            VBufferEditor<TValue> editor = VBufferEditor.Create(ref dst, keys.Length);
            for (int i = 0; i < keys.Length; i++)
                editor.Values[i] = Value(values, keys.GetItemOrDefault(i));
            dst = editor.Commit();
        });
    }

    /// <summary>A missing key becomes the type's missing value: NaN for reals, empty or zero for the rest.</summary>
    private static TValue Value<TKey, TValue>(VBuffer<TValue> values, TKey key)
    {
        ulong index = Convert.ToUInt64(key);
        if (index != 0 && index <= (ulong)values.Length)
            return values.GetItemOrDefault((int)index - 1);
        return typeof(TValue) == typeof(float)
            ? (TValue)(object)float.NaN
            : typeof(TValue) == typeof(double) ? (TValue)(object)double.NaN : default!;
    }
}
