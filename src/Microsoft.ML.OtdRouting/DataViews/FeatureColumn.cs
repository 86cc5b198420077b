using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Reads the column that holds the features of an image: float vectors of a known size.</summary>
internal sealed class FeatureColumn
{
    private readonly string _name;
    private readonly ValueGetter<VBuffer<float>> _getter;
    private VBuffer<float> _vector;

    /// <summary>A reader of an active column of a row.</summary>
    public FeatureColumn(DataViewRow row, DataViewSchema.Column column)
    {
        _name = column.Name;
        _getter = row.GetGetter<VBuffer<float>>(column);
    }

    /// <summary>Finds and checks the column.</summary>
    /// <param name="schema">The input's schema.</param>
    /// <param name="name">Name of the column.</param>
    /// <param name="length">Length that the vectors must have; null for any known one.</param>
    /// <exception cref="ArgumentException">There is no such column, or its type is another.</exception>
    public static DataViewSchema.Column Bind(DataViewSchema schema, string name, int? length)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no feature column '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is VectorDataViewType { ItemType: NumberDataViewType item } vector && item.RawType == typeof(float)
            && vector.Size > 0 && (length is null || vector.Size == length)
            ? column
            : throw new ArgumentException(
                $"Feature column '{name}' is {column.Type}; expected a vector of {(length is { } n ? $"{n}" : "a known number of")} floats.");
    }

    /// <summary>Length of the vectors of a bound column.</summary>
    public static int Length(DataViewSchema.Column column) => ((VectorDataViewType)column.Type).Size;

    /// <summary>Reads the vector of the row's current position.</summary>
    /// <exception cref="InvalidOperationException">A number is not finite, or the length is wrong; the message names the row.</exception>
    public void Read(Span<float> target, Func<string> describeRow)
    {
        _getter(ref _vector);
        if (_vector.Length != target.Length)
        {
            throw new InvalidOperationException($"{describeRow()}: feature column '{_name}' has {_vector.Length} numbers; expected {target.Length}.");
        }

        _vector.CopyTo(target);
        foreach (var value in target)
        {
            if (!float.IsFinite(value))
            {
                throw new InvalidOperationException($"{describeRow()}: feature column '{_name}' holds {value}; features must be finite.");
            }
        }
    }
}
