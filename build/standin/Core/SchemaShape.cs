using System.Collections;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>What an estimator promises about its output before there is data: names, item types, scalar or vector, but no sizes.</summary>
public sealed class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private readonly Column[] _columns;

    public SchemaShape(IEnumerable<Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _columns = [.. columns];
    }

    public int Count => _columns.Length;

    public Column this[int index] => _columns[index];

    internal static SchemaShape Empty { get; } = new([]);

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static SchemaShape Create(DataViewSchema schema) => new(
        schema.Where(c => !c.IsHidden).Select(c => Column.Of(c.Name, c.Type, Create(c.Annotations.Schema))));

    internal bool TryFindColumn(string name, out Column column)
    {
        int index = Array.FindLastIndex(_columns, c => c.Name == name);
        column = index < 0 ? default : _columns[index];
        return index >= 0;
    }

    internal Column Find(string name, string role = "input") =>
        TryFindColumn(name, out Column column) ? column : throw Mismatch.Missing(role, name);

    /// <summary>
    /// The shape with the given columns added; columns of the same name are replaced, which is how hiding looks in a shape.
    /// </summary>
    internal SchemaShape With(params IEnumerable<Column> added)
    {
        var result = new List<Column>(_columns);
        foreach (Column column in added)
        {
            int index = result.FindIndex(c => c.Name == column.Name);
            if (index < 0)
                result.Add(column);
            else
                result[index] = column;
        }

        return new SchemaShape(result);
    }

    public readonly struct Column
    {
        public readonly string Name;
        public readonly VectorKind Kind;
        public readonly DataViewType ItemType;
        public readonly bool IsKey;
        public readonly SchemaShape Annotations;

        internal Column(string name, VectorKind kind, DataViewType itemType, bool isKey, SchemaShape? annotations = null)
        {
            Name = name;
            Kind = kind;
            ItemType = itemType;
            IsKey = isKey;
            Annotations = annotations ?? Empty;
        }

        public enum VectorKind
        {
            Scalar,
            Vector,
            VariableVector,
        }

        internal static Column Of(string name, DataViewType type, SchemaShape? annotations = null)
        {
            VectorKind kind = type is not VectorDataViewType vector ? VectorKind.Scalar
                : vector.IsKnownSize ? VectorKind.Vector
                : VectorKind.VariableVector;
            DataViewType item = type.GetItemType();
            bool isKey = item is KeyDataViewType;
            if (isKey)
                item = NumberDataViewType.All.First(n => n.RawType == item.RawType);
            return new Column(name, kind, item, isKey, annotations);
        }

        internal string TypeText() => Kind switch
        {
            VectorKind.Scalar => ItemText(),
            VectorKind.Vector => $"Vector<{ItemText()}>",
            _ => $"VarVector<{ItemText()}>",
        };

        private string ItemText() => IsKey ? $"Key<{ItemType}>" : ItemType.ToString()!;
    }
}
