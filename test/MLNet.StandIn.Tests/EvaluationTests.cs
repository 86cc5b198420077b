using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public class EvaluationTests
{
    /// <summary>Members count keys from 0, and any number beyond the last key is the missing one.</summary>
    private const uint Missing = 3;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void MetricsAgreeWithAHandCount()
    {
        // Actual 0: right, wrong; actual 1: right; actual 2: wrong (its score is third).
        IDataView data = _ml.Data.LoadFromEnumerable(new Scored[]
        {
            new() { Label = 0, Score = [0.7f, 0.2f, 0.1f] },
            new() { Label = 0, Score = [0.3f, 0.6f, 0.1f] },
            new() { Label = 1, Score = [0.1f, 0.8f, 0.1f] },
            new() { Label = 2, Score = [0.5f, 0.3f, 0.2f] },
            new() { Label = Missing, Score = [1, 0, 0] },
        });
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(data, topKPredictionCount: 2);
        Assert.Equal(0.5, metrics.MicroAccuracy, 10);
        Assert.Equal((0.5 + 1 + 0) / 3, metrics.MacroAccuracy, 10);
        double logLoss = -(Math.Log(0.7) + Math.Log(0.3) + Math.Log(0.8) + Math.Log(0.2)) / 4;
        Assert.Equal(logLoss, metrics.LogLoss, 5);
        double entropy = -((0.5 * Math.Log(0.5)) + (0.5 * Math.Log(0.25)));
        Assert.Equal(1 - (logLoss / entropy), metrics.LogLossReduction, 5);
        Assert.Equal([0.5, 0.75], metrics.TopKAccuracyForAllK);
        Assert.Equal(0.75, metrics.TopKAccuracy);
        Assert.Null(_ml.MulticlassClassification.Evaluate(data).TopKAccuracyForAllK);
        Assert.Equal([0.5, 0.75, 1], _ml.MulticlassClassification.Evaluate(data, topKPredictionCount: 3).TopKAccuracyForAllK);
        Assert.Equal([1d, 1, 0], metrics.ConfusionMatrix.Counts[0]);
        Assert.Equal(1, metrics.ConfusionMatrix.GetCountForClassPair(predictedClassIndicatorIndex: 0, actualClassIndicatorIndex: 2));
        Assert.Equal([0.5, 0.5, 0], metrics.ConfusionMatrix.PerClassPrecision);
        Assert.Equal([0.5, 1, 0], metrics.ConfusionMatrix.PerClassRecall);
        Assert.Contains("Recall", metrics.ConfusionMatrix.GetFormattedConfusionTable());
    }

    [Fact]
    public void CrossValidationScoresEveryRowOnce()
    {
        Scored[] rows = [.. Enumerable.Range(0, 60).Select(i => new Scored
        {
            Label = (uint)(i % 3),
            Score = [i % 3 == 0 ? 1 : 0, i % 3 == 1 ? 1 : 0, i % 3 == 2 ? 1 : 0],
        })];
        var results = _ml.MulticlassClassification.CrossValidate(
            _ml.Data.LoadFromEnumerable(rows), _ml.Transforms.CopyColumns("Copy", "Score"), numberOfFolds: 3);
        Assert.Equal([0, 1, 2], results.Select(r => r.Fold));
        Assert.All(results, r => Assert.Equal(1, r.Metrics.MicroAccuracy));
        Assert.Equal(60, results.Sum(r => r.ScoredHoldOutSet.GetColumn<uint>("Label").Count()));
    }

    [Fact]
    public void AScoreMustBeAKnownVector()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Evaluate(data));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Evaluate(data, "Value", "Value", "Value"));
    }

    private sealed class Scored
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        [KeyType(3)]
        public uint PredictedLabel { get; set; }
    }
}
