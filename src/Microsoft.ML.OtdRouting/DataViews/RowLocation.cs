using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Names a row in an error message: its position, and the texts (such as a path) that the row carries.</summary>
internal static class RowLocation
{
    private const int MaxTexts = 3;

    /// <summary>
    /// Describes a row of a view. Called when something has failed already, so it may read the view again: the text columns were
    /// not active in the cursor that failed.
    /// </summary>
    public static string Describe(IDataView view, long position)
    {
        var texts = view.Schema.Where(c => !c.IsHidden && c.Type is TextDataViewType).Take(MaxTexts).ToList();
        if (texts.Count == 0)
        {
            return $"Row {position}";
        }

        using var cursor = view.GetRowCursor(texts);
        while (cursor.Position < position)
        {
            if (!cursor.MoveNext())
            {
                return $"Row {position}";
            }
        }

        var values = texts.Select(column =>
        {
            ReadOnlyMemory<char> value = default;
            cursor.GetGetter<ReadOnlyMemory<char>>(column)(ref value);
            return $"{column.Name} = '{value}'";
        });
        return $"Row {position} ({string.Join(", ", values)})";
    }
}
