using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Columns of maps.</summary>
internal static class TargetMaps
{
    /// <summary>Finds and checks a column of maps.</summary>
    /// <param name="schema">The columns there are.</param>
    /// <param name="name">Name of the column.</param>
    /// <param name="role">What it is for, for messages.</param>
    /// <param name="expected">The shape that its maps must have; null for any.</param>
    /// <exception cref="ArgumentException">There is no such column, or it holds no maps of this size.</exception>
    public static DataViewSchema.Column Bind(DataViewSchema schema, string name, string role, DenseShape? expected)
    {
        var column = schema.GetColumnOrNull(name) ?? throw NoColumn(name, schema.Select(c => c.Name), role);
        return column.Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw }, Size: > 0 and var size } && raw == typeof(float) && (expected is null || size == expected.Length)
            ? column
            : throw new ArgumentException(
                $"The {role} '{name}' is {column.Type}; expected a vector of Single of known size{(expected is null ? "" : $" {expected.Length}, the largest resolution's {expected.Height} × {expected.Width}")}.");
    }

    /// <summary>What to say of a column that is not there.</summary>
    public static ArgumentException NoColumn(string name, IEnumerable<string> columns, string role = "target column") =>
        new($"There is no {role} '{name}'; the columns are {string.Join(", ", columns)}.");
}
