using System.Runtime.InteropServices;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>
/// What every resolution says about every image of a data set, as far as the task keeps it, with what is true of the images, their folds and
/// weights. Pixels are not kept.
/// </summary>
internal sealed class Observations
{
    /// <summary>Rows a fold from which on one fold has more than half of all rows by no accident.</summary>
    private const int LeastToTell = 20;

    private readonly FloatRows[] _kept;
    private readonly FloatRows _targets;
    private readonly List<byte> _folds = [];
    private readonly List<ushort> _positions = [];
    private readonly List<long> _sources = [];
    private readonly List<float>? _weights;

    /// <param name="task">Says how much is kept.</param>
    /// <param name="resolutions">Number of resolutions.</param>
    /// <param name="foldCount">Number of folds.</param>
    /// <param name="hasWeights">Whether rows have weights.</param>
    public Observations(BoundTask task, int resolutions, int foldCount, bool hasWeights)
        : this(Enumerable.Range(0, resolutions).Select(task.KeptLength), task.TargetLength, foldCount, hasWeights)
    {
    }

    private Observations(IEnumerable<int> keptLengths, int targetLength, int foldCount, bool hasWeights)
    {
        FoldCount = foldCount;
        _kept = keptLengths.Select(length => new FloatRows(length)).ToArray();
        _targets = new FloatRows(targetLength);
        _weights = hasWeights ? [] : null;
    }

    public int Rows => _targets.Count;

    public int Resolutions => _kept.Length;

    /// <summary>Other images, for tasks that search: where these are looked for. Null where they are looked for among themselves.</summary>
    public Observations? Gallery { get; set; }

    public int FoldCount { get; }

    /// <summary>The folds of all rows.</summary>
    public ReadOnlySpan<byte> Folds => CollectionsMarshal.AsSpan(_folds);

    /// <summary>The weights of all rows; null where all weigh the same.</summary>
    public float[]? Weights => _weights?.ToArray();

    /// <summary>The positions of all rows in their folds.</summary>
    public ReadOnlySpan<ushort> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>Where the rows stood in the data, of which some may have failed; ascending.</summary>
    public IReadOnlyList<long> Sources => _sources;

    /// <summary>The fold of a row.</summary>
    public int Fold(int row) => _folds[row];

    /// <summary>The weight of a row; one where there are no weights.</summary>
    public float Weight(int row) => _weights?[row] ?? 1;

    /// <summary>Whether any row weighs more than zero.</summary>
    public bool HasWeight => _weights?.Any(w => w > 0) ?? true;

    /// <summary>What is kept of what a resolution says about a row.</summary>
    public ReadOnlySpan<float> Kept(int resolution, int row) => _kept[resolution][row];

    /// <summary>What is true of a row.</summary>
    public Span<float> Target(int row) => _targets[row];

    /// <summary>Weights of the rows as a distribution; null when all rows weigh the same.</summary>
    public double[]? SamplePrior()
    {
        if (_weights is null)
        {
            return null;
        }

        var sum = _weights.Sum(w => (double)w);
        return _weights.Select(w => w / sum).ToArray();
    }

    /// <summary>
    /// Splits the rows in two by a hash of their images' content, so that equal images stay together. The hash is another one than that of folds and
    /// positions, of which either part has as many as the other for its size.
    /// </summary>
    /// <param name="share">Share of the rows of the second part.</param>
    /// <param name="seed">Seed of the hash.</param>
    public (Observations First, Observations Second) Split(double share, int seed)
    {
        var isSecond = Enumerable.Range(0, Rows).ToLookup(row => new RowPlace(_folds[row], _positions[row]).Draw(seed) < share);
        return (Take(isSecond[false], FoldCount), Take(isSecond[true], FoldCount));
    }

    /// <summary>The same rows in another number of folds, as if they had been read so.</summary>
    public Observations Refold(int foldCount) => Take(Enumerable.Range(0, Rows), foldCount);

    /// <summary>
    /// What is wrong with the folds, if there are rows enough to tell: predictions are held out only where all folds have their part of the rows. Null where nothing is.
    /// </summary>
    public string? UnevenFolds()
    {
        var counts = new int[FoldCount];
        foreach (var fold in _folds)
        {
            counts[fold]++;
        }

        var most = counts.Max();
        return Rows >= LeastToTell * FoldCount && most > Rows / 2
            ? $"{most} of {Rows} rows are in one fold of {FoldCount}, so that little of what is predicted is held out, and the router knows less than it could. Folds follow from the sum of an " +
                "image's pixels; were the rows chosen by it, or are they near copies of few images?"
            : null;
    }

    /// <summary>Adds a row, ahead of what the resolutions say about it.</summary>
    /// <param name="place">Its fold, and its position in it.</param>
    /// <param name="weight">Its weight, where rows have weights.</param>
    /// <param name="source">Where it stood in the data; null for behind the row before.</param>
    /// <returns>Where what is true of it goes.</returns>
    public Span<float> AddRow(RowPlace place, float weight, long? source = null)
    {
        _sources.Add(source ?? Rows);
        _folds.Add((byte)place.Fold);
        _positions.Add((ushort)place.Position);
        _weights?.Add(weight);
        return _targets.Add();
    }

    /// <summary>Adds what a resolution says about the next row.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="held">What is kept of it, and what a window holds besides.</param>
    public void AddKept(int resolution, ReadOnlySpan<float> held) => held[.._kept[resolution].Length].CopyTo(_kept[resolution].Add());

    private Observations Take(IEnumerable<int> rows, int foldCount)
    {
        var taken = new Observations(_kept.Select(k => k.Length), _targets.Length, foldCount, _weights is not null);
        foreach (var row in rows)
        {
            Target(row).CopyTo(taken.AddRow(new RowPlace(_folds[row], _positions[row]).Among(FoldCount, foldCount), Weight(row), _sources[row]));
            for (var resolution = 0; resolution < _kept.Length; resolution++)
            {
                taken.AddKept(resolution, Kept(resolution, row));
            }
        }

        return taken;
    }

    /// <summary>Adds what every resolution says about the next row.</summary>
    /// <param name="window">The window, in which every resolution has seen the image.</param>
    /// <param name="slot">The image.</param>
    public void AddKept(ObservationWindow window, int slot)
    {
        for (var resolution = 0; resolution < _kept.Length; resolution++)
        {
            AddKept(resolution, window.Kept(resolution, slot));
        }
    }
}
