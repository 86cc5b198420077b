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
    private readonly FeatureExtractor _features;
    private readonly List<float>[] _outputs;
    private readonly List<float> _featureValues = [];
    private readonly List<byte> _folds = [];
    private readonly List<int> _labels = [];
    private readonly List<float>? _weights;

    public OutputTable(ScorerSet scorers, FeatureExtractor features, int foldCount, bool hasWeights)
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

    /// <summary>Whether any row weighs more than zero.</summary>
    public bool HasWeight => _weights?.Any(w => w > 0) ?? true;

    /// <summary>The raw output of a resolution for a row.</summary>
    public ReadOnlySpan<float> Output(int resolution, int row) =>
        CollectionsMarshal.AsSpan(_outputs[resolution]).Slice(row * Classes, Classes);

    /// <summary>The features of a row.</summary>
    public ReadOnlySpan<float> Features(int row) => CollectionsMarshal.AsSpan(_featureValues).Slice(row * _features.Count, _features.Count);

    /// <summary>Adds a row whose outputs are known.</summary>
    /// <param name="label">True class; −1 where there is none.</param>
    /// <param name="weight">Weight, for a table with weights.</param>
    /// <param name="fold">Fold.</param>
    /// <param name="outputs">Raw outputs of the resolutions, one after another.</param>
    /// <param name="features">Features.</param>
    public void AddScored(int label, float weight, int fold, ReadOnlySpan<float> outputs, ReadOnlySpan<float> features)
    {
        AddRow(label, weight);
        _folds.Add((byte)fold);
        CollectionExtensions.AddRange(_featureValues, features);
        for (var resolution = 0; resolution < _outputs.Length; resolution++)
        {
            CollectionExtensions.AddRange(_outputs[resolution], outputs.Slice(resolution * Classes, Classes));
        }
    }

    /// <summary>Adds the label and weight of a row, ahead of its <see cref="AddWindow"/>.</summary>
    public void AddRow(int label, float weight)
    {
        _labels.Add(label);
        _weights?.Add(weight);
    }

    /// <summary>Replaces the labels by other classes.</summary>
    /// <param name="classOf">For every class so far, the class that it is.</param>
    public void Relabel(IReadOnlyList<int> classOf)
    {
        foreach (ref var label in CollectionsMarshal.AsSpan(_labels))
        {
            label = label < 0 ? label : classOf[label];
        }
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

        _features.Prepare(window, _features.NeedsLowestResolution ? [] : slots, cancellationToken);
        Span<float> features = new float[_features.Count];
        foreach (var slot in slots)
        {
            _features.Extract(window, slot, features);
            CollectionExtensions.AddRange(_featureValues, features);
            _folds.Add((byte)RowFold.Of(window.Pixels(slot), FoldCount));
        }
    }

    /// <summary>The same rows without the cheapest resolutions, described by what the first that is left says.</summary>
    /// <param name="first">How many resolutions are left out.</param>
    /// <param name="scorers">The scorers that are left.</param>
    /// <param name="features">Features of the first of them, without an embedding.</param>
    public OutputTable From(int first, ScorerSet scorers, LowestResolutionFeatures features)
    {
        var table = new OutputTable(scorers, features, FoldCount, _weights is not null);
        table._labels.AddRange(_labels);
        table._folds.AddRange(_folds);
        table._weights?.AddRange(_weights!);
        for (var resolution = first; resolution < Resolutions; resolution++)
        {
            table._outputs[resolution - first].AddRange(_outputs[resolution]);
        }

        Span<float> values = new float[features.Count];
        for (var row = 0; row < Rows; row++)
        {
            features.Describe(Output(first, row), values);
            CollectionExtensions.AddRange(table._featureValues, values);
        }

        return table;
    }

    /// <summary>Features, folds and weights, for fitting or asking a predictor.</summary>
    /// <param name="calibration">Restates the features; null to leave them as they are.</param>
    public FeatureTable ToFeatureTable(FeatureCalibration? calibration)
    {
        var features = _featureValues.ToArray();
        for (var row = 0; row < Rows; row++)
        {
            calibration?.Apply(features.AsSpan(row * _features.Count, _features.Count), _folds[row]);
        }

        return new FeatureTable(features, _features.Count, [.. _folds], FoldCount, _weights?.ToArray());
    }
}
