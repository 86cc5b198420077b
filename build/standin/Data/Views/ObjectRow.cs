using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>One object of a user's class as a row; every new object is a new position.</summary>
internal sealed class ObjectRow<TRow> : DataViewRow
    where TRow : class
{
    private readonly Delegate[] _getters;
    private TRow? _value;
    private long _position = -1;

    public ObjectRow(SchemaDefinition definition)
        : this(definition, TypedSchema.ToSchema(definition))
    {
    }

    public ObjectRow(SchemaDefinition definition, DataViewSchema schema)
    {
        Schema = schema;
        _getters = [.. definition.Select(c => MemberAccess.GetterOf(c, Current))];
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    public void Set(TRow value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value;
        _position++;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => true;

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
    {
        Current();
        id = new DataViewRowId((ulong)_position, 0);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        GetterChecks.CheckActive(this, column);
        return GetterChecks.Cast<TValue>(_getters[column.Index], column);
    }

    private TRow Current()
    {
        GetterChecks.CheckPosition(_position);
        return _value!;
    }
}
