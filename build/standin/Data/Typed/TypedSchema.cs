namespace Microsoft.ML.Data;

/// <summary>Binds a user's class to columns: the schema it makes, and the columns of a schema it can read.</summary>
internal static class TypedSchema
{
    /// <summary>The definition given, checked against the class, or the class's own.</summary>
    public static SchemaDefinition Of<TRow>(SchemaDefinition? definition, SchemaDefinition.Direction direction)
    {
        if (definition == null)
            return SchemaDefinition.Create(typeof(TRow), direction);
        foreach (SchemaDefinition.Column column in definition)
        {
            Type needed = MemberAccess.ColumnRawType(column.MemberType);
            if (column.ColumnType == null || column.ColumnType.RawType != needed)
                throw new InvalidOperationException(
                    $"Column '{column.ColumnName}' of type {column.ColumnType} cannot be bound to the member '{column.MemberName}' of type {column.MemberType}.");
        }

        return definition;
    }

    public static DataViewSchema.DetachedColumn[] Columns(SchemaDefinition definition) =>
        [.. definition.Select(c => new DataViewSchema.DetachedColumn(c.ColumnName, c.ColumnType, c.Annotations))];

    public static DataViewSchema ToSchema(SchemaDefinition definition)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(Columns(definition));
        return builder.ToSchema();
    }

    /// <summary>The class's own definition with the types and annotations that a schema gives its columns.</summary>
    public static SchemaDefinition With<TRow>(DataViewSchema schema)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        foreach (DataViewSchema.Column given in schema)
        {
            SchemaDefinition.Column column = definition.Find(c => c.ColumnName == given.Name)
                ?? throw new InvalidOperationException($"Type should contain a member named {given.Name}");
            column.ColumnType = given.Type;
            column.AddAnnotations(given.Annotations);
        }

        return Of<TRow>(definition, SchemaDefinition.Direction.Read);
    }

    /// <summary>The columns of the schema that the class reads, with the member each goes to.</summary>
    public static (DataViewSchema.Column Column, SchemaDefinition.Column Member)[] Bind(
        DataViewSchema schema, SchemaDefinition definition, bool ignoreMissing)
    {
        var bound = new List<(DataViewSchema.Column, SchemaDefinition.Column)>();
        foreach (SchemaDefinition.Column member in definition)
        {
            if (schema.GetColumnOrNull(member.ColumnName) is not { } column)
            {
                if (ignoreMissing)
                    continue;
                throw new ArgumentOutOfRangeException(nameof(schema), $"Could not find column '{member.ColumnName}'.");
            }

            if (column.Type.RawType != MemberAccess.ColumnRawType(member.MemberType))
                throw new InvalidOperationException(
                    $"Can't bind the IDataView column '{column.Name}' of type '{column.Type}' to field or property '{member.MemberName}' of type '{member.MemberType}'.");
            bound.Add((column, member));
        }

        return [.. bound];
    }

    public static Action<TRow> Filler<TRow>(DataViewRow row, (DataViewSchema.Column Column, SchemaDefinition.Column Member)[] bound)
    {
        Action<TRow>[] setters = [.. bound.Select(b => MemberAccess.SetterOf<TRow>(row, b.Column, b.Member.Member))];
        return target =>
        {
            foreach (Action<TRow> setter in setters)
                setter(target);
        };
    }
}
