using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Getters of the router's columns over a window, for whichever slot is current when they are called.</summary>
internal sealed class RoutedGetters(RoutedScorer scorer, RoutedWindow window, RoutedColumns columns, Func<int> currentSlot)
{
    public Delegate Create(RoutedColumn column) => column switch
    {
        RoutedColumn.Score => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(window.Scores(currentSlot()), ref value)),
        RoutedColumn.PredictedLabel => PredictedLabel(),
        RoutedColumn.Route => (ValueGetter<uint>)((ref uint value) => value = (uint)window.Route(currentSlot()) + 1),
        RoutedColumn.RouteScores => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(window.RouteScores(currentSlot()), ref value)),
        RoutedColumn.Cost => (ValueGetter<float>)((ref float value) => value = (float)scorer.Routes[window.Route(currentSlot())].Cost),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, null),
    };

    /// <summary>The label's keys may be stored as any unsigned integer; the prediction is of the same type.</summary>
    private Delegate PredictedLabel()
    {
        var type = columns.LabelType.RawType;
        return type == typeof(uint) ? (ValueGetter<uint>)((ref uint value) => value = (uint)Key())
            : type == typeof(byte) ? (ValueGetter<byte>)((ref byte value) => value = (byte)Key())
            : type == typeof(ushort) ? (ValueGetter<ushort>)((ref ushort value) => value = (ushort)Key())
            : (ValueGetter<ulong>)((ref ulong value) => value = (ulong)Key());
    }

    private int Key()
    {
        var scores = window.Scores(currentSlot());
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
            {
                best = i;
            }
        }

        return best + 1;
    }

    private static void Copy(ReadOnlySpan<float> source, ref VBuffer<float> target)
    {
        var editor = VBufferEditor.Create(ref target, source.Length);
        source.CopyTo(editor.Values);
        target = editor.Commit();
    }
}
