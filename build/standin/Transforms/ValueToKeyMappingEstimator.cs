using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly (string Output, string Input)[] _columns;
    private readonly int _maximum;
    private readonly KeyOrdinality _ordinality;
    private readonly bool _asText;
    private readonly IDataView? _keyData;

    internal ValueToKeyMappingEstimator(
        IEnumerable<(string Output, string Input)> columns, int maximum, KeyOrdinality ordinality, bool asText, IDataView? keyData)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
        if (keyData != null && keyData.Schema.Count != 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(keyData), $"The view with the keys must have a single column, but has {keyData.Schema.Count}.");
        }

        _columns = [.. columns];
        _maximum = maximum;
        _ordinality = ordinality;
        _asText = asText;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        KeyTable[] tables = [.. _columns.Select(c =>
        {
            DataViewSchema.Column column = input.Schema.FindInput(c.Input);
            return KeyTable.Create(Check(c.Input, column.Type.GetItemType(), column.Type.ToString()!));
        })];

        if (_keyData != null)
        {
            DataViewSchema.Column keys = _keyData.Schema[0];
            foreach (KeyTable table in tables)
            {
                if (!keys.Type.GetItemType().Equals(table.ItemType))
                    throw Mismatch.Wrong("key data", keys.Name, table.ItemType.ToString()!, keys.Type.ToString()!, "keyData");
            }

            Train(_keyData, [.. tables.Select(_ => keys)], tables, int.MaxValue);
        }
        else
        {
            Train(input, [.. _columns.Select(c => input.Schema[c.Input])], tables, _maximum);
        }

        if (_ordinality == KeyOrdinality.ByValue)
        {
            foreach (KeyTable table in tables)
                table.Sort();
        }

        return new ValueToKeyMappingTransformer(_columns, tables, _asText);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return inputSchema.With(_columns.Select(c =>
        {
            SchemaShape.Column input = inputSchema.Find(c.Input);
            if (input.IsKey)
                throw Mismatch.Wrong("input", c.Input, "a primitive value", input.TypeText());
            DataViewType item = Check(c.Input, input.ItemType, input.TypeText());
            var values = new SchemaShape.Column(
                AnnotationKinds.KeyValues, SchemaShape.Column.VectorKind.Vector, _asText ? TextDataViewType.Instance : item, false);
            return new SchemaShape.Column(c.Output, input.Kind, NumberDataViewType.UInt32, true, new SchemaShape([values]));
        }));
    }

    private static DataViewType Check(string name, DataViewType item, string text) =>
        item is PrimitiveDataViewType and not KeyDataViewType ? item : throw Mismatch.Wrong("input", name, "a primitive value", text);

    private static void Train(IDataView data, DataViewSchema.Column[] columns, KeyTable[] tables, int maximum)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        Action[] trainers = [.. tables.Select((t, i) => t.Trainer(cursor, columns[i], maximum))];
        while (cursor.MoveNext())
        {
            foreach (Action trainer in trainers)
                trainer();
        }
    }
}
