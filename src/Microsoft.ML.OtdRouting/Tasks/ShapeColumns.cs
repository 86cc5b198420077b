using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>
/// Columns of a <see cref="SchemaShape"/>. They cannot be made with ML.NET's public API; they are taken from the shapes of built-in estimators.
/// </summary>
internal static class ShapeColumns
{
    /// <summary>A vector of floats.</summary>
    public static SchemaShape.Column Vector(string name) => Made(nameof(Row.Vector), name, c => c.ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1));

    /// <summary>A vector of floats whose length varies.</summary>
    public static SchemaShape.Column VaryingVector(string name) => Made(nameof(Row.Vector), name, c => c.ColumnType = new VectorDataViewType(NumberDataViewType.Single));

    /// <summary>A vector of keys whose values have names, of a length that varies.</summary>
    public static SchemaShape.Column VaryingKeys(string name) => Made(nameof(Row.Keys), name, c =>
    {
        c.ColumnType = new VectorDataViewType(new KeyDataViewType(typeof(uint), 1));
        c.AddAnnotation(
            Annotations.KeyValues,
            new VBuffer<ReadOnlyMemory<char>>(1, ["name".AsMemory()]),
            new VectorDataViewType(TextDataViewType.Instance, 1));
    });

    /// <summary>A float.</summary>
    public static SchemaShape.Column Single(string name) => Made(nameof(Row.Single), name, _ => { });

    /// <summary>A key whose values have names.</summary>
    public static SchemaShape.Column Key(string name) => Made(nameof(Row.Key), name, c =>
    {
        c.ColumnType = new KeyDataViewType(typeof(uint), 1);
        c.AddAnnotation(
            Annotations.KeyValues,
            new VBuffer<ReadOnlyMemory<char>>(1, ["name".AsMemory()]),
            new VectorDataViewType(TextDataViewType.Instance, 1));
    });

    /// <summary>A column like another one.</summary>
    public static SchemaShape.Column CopyOf(SchemaShape.Column column, string name) => name == column.Name
        ? column
        : Find(new MLContext().Transforms.CopyColumns(name, column.Name).GetOutputSchema(new SchemaShape([column])), name);

    private static SchemaShape.Column Made(string member, string name, Action<SchemaDefinition.Column> describe)
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        var column = definition[member];
        describe(column);
        column.ColumnName = name;
        definition.RemoveAll(c => c != column);
        // No column of the input goes in: the built-in estimator's own checks must not meet columns that they have nothing to do with.
        var estimator = new MLContext().Transforms.CustomMapping<NoColumns, Row>((_, _) => { }, null, null, definition);
        return Find(estimator.GetOutputSchema(new SchemaShape([])), name);
    }

    private static SchemaShape.Column Find(SchemaShape shape, string name) => shape.Single(c => c.Name == name);

    private sealed class NoColumns
    {
    }

    private sealed class Row
    {
        public float[] Vector { get; set; } = [];

        public uint[] Keys { get; set; } = [];

        public uint Key { get; set; }

        public float Single { get; set; }
    }
}
