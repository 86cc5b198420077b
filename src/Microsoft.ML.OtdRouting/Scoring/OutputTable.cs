using System.Runtime.InteropServices;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// What every resolution says about every image of a data set, with the features, folds, labels and weights that go with them. Grows by
/// windows; pixels are not kept.
/// </summary>
internal sealed class OutputTable
{
    private readonly ScorerSet _scorers;
    private readonly RoutingFeatures _features;
    private readonly List<float>[] _outputs;
    private readonly List<float> _featureValues = [];
    private readonly List<byte> _folds = [];
    private readonly List<int> _labels = [];
    private readonly List<float>? _weights;

    public OutputTable(ScorerSet scorers, RoutingFeatures features, int foldCount, bool hasWeights)
    {
        _scorers = scorers;
        _features = features;
        FoldCount = foldCount;
        _outputs = scorers.Scorers.Select(_ => new List<float>()).ToArray();
        _weights = hasWeights ? [] : null;
    }

    public int Rows => _labels.Count;

    public int Classes => _scorers.ClassCount;

    public int Resolutions => _outputs.Length;

    public int FoldCount { get; }

    /// <summary>True classes in the model's order; −1 where there is none.</summary>
    public ReadOnlySpan<int> Labels => CollectionsMarshal.AsSpan(_labels);

    /// <summary>The fold of a row.</summary>
    public int Fold(int row) => _folds[row];

    /// <summary>The weight of a row; one where there are no weights.</summary>
    public float Weight(int row) => _weights?[row] ?? 1;

    /// <summary>The weight of all rows.</summary>
    public double TotalWeight => _weights?.Sum(w => (double)w) ?? Rows;

    /// <summary>The raw output of a resolution for a row.</summary>
    public ReadOnlySpan<float> Output(int resolution, int row) =>
        CollectionsMarshal.AsSpan(_outputs[resolution]).Slice(row * Classes, Classes);

    /// <summary>Adds the label and weight of a row, ahead of its <see cref="AddWindow"/>.</summary>
    public void AddRow(int label, float weight)
    {
        _labels.Add(label);
        _weights?.Add(weight);
    }

    /// <summary>Scores a window of images at every resolution and keeps what they say.</summary>
    public void AddWindow(ScoringWindow window, int count, CancellationToken cancellationToken)
    {
        var slots = Enumerable.Range(0, count).ToArray();
        for (var resolution = 0; resolution < _outputs.Length; resolution++)
        {
            window.Score(resolution, slots, cancellationToken);
            foreach (var slot in slots)
            {
                CollectionExtensions.AddRange(_outputs[resolution], window.Output(resolution, slot));
            }
        }

        Span<float> features = new float[_features.Count];
        foreach (var slot in slots)
        {
            _features.Extract(window, slot, features);
            CollectionExtensions.AddRange(_featureValues, features);
            _folds.Add((byte)RowFold.Of(window.Pixels(slot), FoldCount));
        }
    }

    /// <summary>Features, folds and weights, for fitting a predictor.</summary>
    public FeatureTable ToFeatureTable() =>
        new([.. _featureValues], _features.Count, [.. _folds], FoldCount, _weights?.ToArray());
}
