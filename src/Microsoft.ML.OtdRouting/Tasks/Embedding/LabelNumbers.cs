using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Numbers for labels, the same for the same text whatever column it comes from: queries and galleries may count their keys in different orders. Keys
/// without values are their own text. Safe for concurrent use.
/// </summary>
internal sealed class LabelNumbers
{
    private readonly Dictionary<string, int> _numbers = [];

    /// <summary>A getter of the number of the label of a row; −1 where it is missing.</summary>
    /// <param name="row">The row, with the column active.</param>
    /// <param name="column">The column, of key type.</param>
    public Func<int> CreateGetter(DataViewRow row, DataViewSchema.Column column)
    {
        var key = KeyColumn.CreateGetter(row, column);
        var names = KeyNames(column);
        var known = new Dictionary<int, int>();
        return () =>
        {
            var k = key();
            if (k < 0)
            {
                return -1;
            }

            if (!known.TryGetValue(k, out var number))
            {
                known[k] = number = NumberOf(k < names?.Length ? names[k] : $"{k + 1}");
            }

            return number;
        };
    }

    private int NumberOf(string text)
    {
        lock (_numbers)
        {
            return _numbers.TryGetValue(text, out var number) ? number : _numbers[text] = _numbers.Count;
        }
    }

    private static string[]? KeyNames(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(Annotations.KeyValues) is not { Type: VectorDataViewType { ItemType: TextDataViewType } })
        {
            return null;
        }

        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return values.DenseValues().Select(v => v.ToString()).ToArray();
    }
}
