using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// For every row the classes that any resolution finds likely, with what all resolutions say of them, and all other classes as one. Where there are
/// hundreds of classes, the weights of a pool are fitted to this: the rest hardly counts, and takes nearly all of the memory and the time.
/// </summary>
internal sealed class LikelyClasses
{
    /// <summary>Classes a resolution: with 1,000 classes the others share less than a hundredth of the probability, nearly always.</summary>
    private const int MostPerResolution = 16;

    private readonly Row[] _rows;
    private readonly int[] _place;

    private LikelyClasses(Row[] rows, int[] place)
    {
        _rows = rows;
        _place = place;
    }

    /// <summary>Classes and rest of a row.</summary>
    public Row this[int row] => _rows[row];

    /// <summary>Where a resolution stands among those that are known.</summary>
    public int PlaceOf(int resolution) => _place[resolution];

    /// <summary>Finds the likely classes of all rows.</summary>
    /// <param name="table">Log-probabilities of the resolutions, with the labels.</param>
    /// <param name="resolutions">The resolutions that are needed, ascending.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static LikelyClasses Of(LogProbabilityTable table, IReadOnlyList<int> resolutions, CancellationToken cancellationToken)
    {
        var place = Enumerable.Range(0, resolutions.Max() + 1).Select(r => resolutions.TakeWhile(x => x != r).Count()).ToArray();
        var rows = new Row[table.Rows];
        Parallel.For(
            0,
            rows.Length,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => resolutions.Select(_ => new float[table.Classes]).ToArray(),
            (row, _, values) =>
            {
                rows[row] = Find(table, resolutions, row, values);
                return values;
            },
            _ => { });
        return new LikelyClasses(rows, place);
    }

    private static Row Find(LogProbabilityTable table, IReadOnlyList<int> resolutions, int row, float[][] values)
    {
        var most = Math.Min(MostPerResolution, table.Classes);
        var found = new SortedSet<int>();
        var soft = table.Soft(row);
        if (soft.IsEmpty)
        {
            found.Add(table.Labels[row]);
        }
        else
        {
            AddLargest(soft, most, found);
        }

        for (var r = 0; r < values.Length; r++)
        {
            table.Read(resolutions[r], row, values[r]);
            AddLargest(values[r], most, found);
        }

        int[] classes = [.. found];
        var rest = table.Classes - classes.Length;
        var length = classes.Length + (rest > 0 ? 1 : 0);
        var logProbabilities = new float[values.Length * length];
        var target = new float[length];
        for (var i = 0; i < classes.Length; i++)
        {
            target[i] = soft.IsEmpty ? (classes[i] == table.Labels[row] ? 1 : 0) : soft[classes[i]];
        }

        for (var r = 0; r < values.Length; r++)
        {
            var own = logProbabilities.AsSpan(r * length, length);
            for (var i = 0; i < classes.Length; i++)
            {
                own[i] = values[r][classes[i]];
                values[r][classes[i]] = float.NegativeInfinity;
            }

            if (rest > 0)
            {
                TensorPrimitives.Exp<float>(values[r], values[r]);
                own[^1] = MathF.Log(TensorPrimitives.Sum<float>(values[r]) / rest);
            }
        }

        if (rest > 0)
        {
            target[^1] = Math.Max(0, 1 - TensorPrimitives.Sum<float>(target));
        }

        return new Row(classes, logProbabilities, target, rest);
    }

    /// <summary>The places of the largest numbers.</summary>
    private static void AddLargest(ReadOnlySpan<float> values, int count, SortedSet<int> found)
    {
        Span<float> largest = stackalloc float[count];
        Span<int> places = stackalloc int[count];
        largest.Fill(float.NegativeInfinity);
        for (var c = 0; c < values.Length; c++)
        {
            if (!(values[c] > largest[^1]))
            {
                continue;
            }

            var at = count - 1;
            for (; at > 0 && values[c] > largest[at - 1]; at--)
            {
                (largest[at], places[at]) = (largest[at - 1], places[at - 1]);
            }

            (largest[at], places[at]) = (values[c], c);
        }

        for (var i = 0; i < count; i++)
        {
            if (largest[i] > float.NegativeInfinity)
            {
                found.Add(places[i]);
            }
        }
    }

    /// <summary>The likely classes of a row.</summary>
    /// <param name="Classes">The classes, ascending.</param>
    /// <param name="LogProbabilities">Known resolutions × (classes, then the rest as one: the logarithm of its mean probability).</param>
    /// <param name="Target">What is true of every class and of the rest: its probability.</param>
    /// <param name="Rest">Number of other classes; with none, nothing stands for them.</param>
    internal sealed record Row(int[] Classes, float[] LogProbabilities, float[] Target, int Rest)
    {
        /// <summary>Classes, and the rest if there is one.</summary>
        public int Length => Target.Length;

        /// <summary>What a known resolution says.</summary>
        public ReadOnlySpan<float> Of(int place) => LogProbabilities.AsSpan(place * Length, Length);
    }
}
