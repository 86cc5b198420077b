using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>A window of a cursor's rows: their images with routes and answers, and the values of the input's columns.</summary>
/// <param name="capacity">Rows that fit.</param>
/// <param name="images">The images; null where none of the router's columns is active.</param>
/// <param name="routed">Their routes and answers; null as well.</param>
/// <param name="passed">The active columns of the input, by their index.</param>
internal sealed class RowWindow(int capacity, ImageSource? images, RoutedWindow? routed, IReadOnlyDictionary<int, ColumnWindow> passed) : IDisposable
{
    public int Capacity => capacity;

    /// <summary>Rows in it.</summary>
    public int Count { get; set; }

    public DataViewRowId[] Ids { get; } = new DataViewRowId[capacity];

    /// <summary>Why an image cannot be read; null where it can.</summary>
    public InvalidOperationException?[] Problems { get; } = new InvalidOperationException?[capacity];

    public ImageSource? Images => images;

    public RoutedWindow? Routed => routed;

    public IReadOnlyDictionary<int, ColumnWindow> Passed => passed;

    public void Dispose()
    {
        foreach (var window in passed.Values)
        {
            window.Dispose();
        }

        routed?.Dispose();
    }
}
