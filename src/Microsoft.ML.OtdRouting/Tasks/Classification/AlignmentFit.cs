using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Fits the alignment of one resolution: the ridge regression of what the most expensive resolution says, less what this one says, on this one's
/// principal directions. The labels of a thousand images say little about a thousand classes; the whole output of the best model says much.
/// </summary>
/// <remarks>
/// What is learned of classes is shrunk twice: a part γ of the mean difference of each class is taken, and the matrix has a ridge penalty. Both are
/// chosen by the likelihood of held-out rows, and where the gain is not beyond its standard error there is no alignment.
/// </remarks>
internal sealed class AlignmentFit
{
    /// <summary>Directions: more of them gained nothing in measurements with 455 images of 1,000 classes.</summary>
    private const int Rank = 64;

    /// <summary>More rows than this change neither the directions nor the choice of the penalties.</summary>
    private const int MostRowsToChoose = 2_048;

    /// <summary>Ridge penalties, as multiples of the mean variance along a direction; infinity for no matrix.</summary>
    private static readonly double[] Penalties = [double.PositiveInfinity, 30, 10, 3, 1, 0.3, 0.1];

    /// <summary>Parts of the mean differences of the classes.</summary>
    private static readonly double[] Parts = [0, 0.25, 0.5, 0.75, 1];

    private const double FirstPart = 0.5;

    private readonly Observations _observations;
    private readonly BoundClassification _task;
    private readonly RowLabels _labels;
    private readonly int _resolution;
    private readonly int _classes;
    private readonly float[] _directions;
    private readonly AlignmentMoments[] _folds;

    private AlignmentFit(Observations observations, BoundClassification task, RowLabels labels, int resolution, CancellationToken cancellationToken)
    {
        _observations = observations;
        _task = task;
        _labels = labels;
        _resolution = resolution;
        _classes = task.Classes.Count;
        _directions = Directions(cancellationToken);
        _folds = Enumerable.Range(0, observations.FoldCount).Select(_ => new AlignmentMoments(_directions.Length / _classes, _classes)).ToArray();
        Parallel.For(0, _folds.Length, new ParallelOptions { CancellationToken = cancellationToken }, Accumulate);
    }

    /// <summary>The alignments of all resolutions; null for the most expensive one, and for those that are better as they are.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">Says what the outputs are.</param>
    /// <param name="labels">The classes that are taken for true.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public static Alignment?[] Fit(Observations observations, BoundClassification task, RowLabels labels, CancellationToken cancellationToken)
    {
        var alignments = new Alignment?[observations.Resolutions];
        for (var resolution = 0; resolution < alignments.Length - 1; resolution++)
        {
            alignments[resolution] = new AlignmentFit(observations, task, labels, resolution, cancellationToken).Choose(cancellationToken);
        }

        return alignments;
    }

    /// <summary>The alignment under which held-out rows are most likely.</summary>
    private Alignment? Choose(CancellationToken cancellationToken)
    {
        var step = (_observations.Rows + MostRowsToChoose - 1) / MostRowsToChoose;
        var rows = Enumerable.Range(0, _observations.Rows).Where(row => row % step == 0).ToArray();
        var plain = Surprise(rows, null, cancellationToken);
        var best = Best(rows, Penalties.Select(penalty => (penalty, FirstPart)), cancellationToken);
        best = Best(rows, Parts.Select(part => (best.Penalty, part)), cancellationToken);
        var (gain, error) = Gain(rows, plain, best.Surprise);
        return gain > error ? Solve(best.Penalty, best.Part) : null;
    }

    private (double Penalty, double Part, double[] Surprise) Best(
        int[] rows, IEnumerable<(double Penalty, double Part)> settings, CancellationToken cancellationToken) => settings
        .Select(s => (s.Penalty, s.Part, Surprise: Surprise(rows, Solve(s.Penalty, s.Part), cancellationToken)))
        .MinBy(s => rows.Zip(s.Surprise, (row, surprise) => _observations.Weight(row) * surprise).Sum());

    /// <summary>Weighted mean by which rows are less surprising, and its standard error.</summary>
    private (double Mean, double Error) Gain(int[] rows, double[] before, double[] after)
    {
        var weight = rows.Sum(row => (double)_observations.Weight(row));
        double Mean(Func<int, double> of) => rows.Select((row, i) => _observations.Weight(row) * of(i)).Sum() / weight;
        var mean = Mean(i => before[i] - after[i]);
        return (mean, Math.Sqrt(Mean(i => Math.Pow(before[i] - after[i] - mean, 2)) / rows.Length));
    }

    /// <summary>Minus the logarithm of the probability of the class of every row, at the best temperature, each row aligned by what has not seen it.</summary>
    private double[] Surprise(int[] rows, Alignment? alignment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var logits = new float[rows.Length * _classes];
        Parallel.For(0, rows.Length, i =>
        {
            var target = logits.AsSpan(i * _classes, _classes);
            _task.ReadLogits(_resolution, _observations.Kept(_resolution, rows[i]), target);
            alignment?.Apply(alignment.Corrections[_observations.Fold(rows[i])], target);
        });
        return TemperatureFit.Surprise(logits, rows, _observations, _labels);
    }

    private float[] Directions(CancellationToken cancellationToken)
    {
        var step = (_observations.Rows + MostRowsToChoose - 1) / MostRowsToChoose;
        var rows = Enumerable.Range(0, _observations.Rows).Where(row => row % step == 0).ToArray();
        var centred = new float[rows.Length * _classes];
        var mean = new float[_classes];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = centred.AsSpan(i * _classes, _classes);
            Read(_resolution, rows[i], row);
            TensorPrimitives.Add(mean, row, mean);
        }

        TensorPrimitives.Divide(mean, rows.Length, mean);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = centred.AsSpan(i * _classes, _classes);
            TensorPrimitives.Subtract(row, mean, row);
        }

        return Alignment.Round(PrincipalSubspace.Of(rows.Length, _classes, i => centred.AsSpan(i * _classes, _classes), Rank, cancellationToken));
    }

    /// <summary>The logits of a row about their mean: a number that is added to all of them means nothing.</summary>
    private void Read(int resolution, int row, Span<float> target)
    {
        _task.ReadLogits(resolution, _observations.Kept(resolution, row), target);
        TensorPrimitives.Subtract(target, TensorPrimitives.Sum<float>(target) / target.Length, target);
    }

    private void Accumulate(int fold)
    {
        var own = new float[_classes];
        var teacher = new float[_classes];
        var along = new double[_directions.Length / _classes];
        for (var row = 0; row < _observations.Rows; row++)
        {
            if (_observations.Fold(row) != fold)
            {
                continue;
            }

            Read(_resolution, row, own);
            Read(_observations.Resolutions - 1, row, teacher);
            for (var j = 0; j < along.Length; j++)
            {
                along[j] = TensorPrimitives.Dot<float>(own, _directions.AsSpan(j * _classes, _classes));
            }

            _folds[fold].Add(along, own, teacher, _observations.Weight(row));
        }
    }

    private Alignment? Solve(double penalty, double part)
    {
        var corrections = new Correction?[_folds.Length + 1];
        Parallel.For(0, corrections.Length, fold =>
            corrections[fold] = AlignmentMoments.Sum(_folds.Where((_, f) => f != fold)).Solve(penalty, part));
        return corrections.Any(c => c is null)
            ? null
            : new Alignment(double.IsFinite(penalty) ? _directions : [], corrections!);
    }
}
