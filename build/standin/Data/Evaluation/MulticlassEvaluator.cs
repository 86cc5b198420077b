namespace Microsoft.ML.Data;

/// <summary>
/// Counts what <see cref="MulticlassClassificationMetrics"/> documents. Rows without a label or with a NaN score are left out; scores that
/// are not a distribution go through a softmax before the log-loss; a class is predicted by its score, not by the predicted label.
/// </summary>
internal static class MulticlassEvaluator
{
    private const double SmallestProbability = 1e-15;

    public static MulticlassClassificationMetrics Evaluate(IDataView data, string label, string score, string predictedLabel, int topK)
    {
        DataViewSchema.Column labelColumn = data.Schema.FindInput(label, "label");
        DataViewSchema.Column scoreColumn = data.Schema.FindInput(score, "score");
        data.Schema.FindInput(predictedLabel, "predicted label");
        if (scoreColumn.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw Mismatch.Wrong("score", score, "Vector of Single of known size", scoreColumn.Type.ToString()!, "schema");
        if (labelColumn.Type is not (KeyDataViewType or NumberDataViewType))
            throw Mismatch.Wrong("label", label, "Key, Single or Double", labelColumn.Type.ToString()!, "schema");

        int classes = vector.Size;
        var tally = new Tally(classes);
        using DataViewRowCursor cursor = data.GetRowCursor([labelColumn, scoreColumn]);
        Func<int> readLabel = Generic.Call<Func<int>>(
            typeof(MulticlassEvaluator), nameof(LabelReader), [labelColumn.Type.RawType], cursor, labelColumn);
        ValueGetter<VBuffer<float>> readScores = cursor.GetGetter<VBuffer<float>>(scoreColumn);
        VBuffer<float> buffer = default;
        float[] scores = new float[classes];
        while (cursor.MoveNext())
        {
            int actual = readLabel();
            readScores(ref buffer);
            if (buffer.Length != classes)
                throw new InvalidOperationException(
                    $"Row {cursor.Position}: the score has {buffer.Length} values, its type says {classes}.");
            buffer.CopyTo(scores);
            if (actual >= 0 && !scores.Any(float.IsNaN))
                tally.Add(actual, scores);
        }

        return tally.ToMetrics(topK, Names(labelColumn, classes));
    }

    private static Func<int> LabelReader<TValue>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<TValue> getter = row.GetGetter<TValue>(column);
        bool isKey = column.Type is KeyDataViewType;
        return () =>
        {
            TValue value = default!;
            getter(ref value);
            double number = Convert.ToDouble(value);
            return double.IsNaN(number) ? -1 : (int)number - (isKey ? 1 : 0);
        };
    }

    private static string[] Names(DataViewSchema.Column label, int classes)
    {
        if (label.Type is KeyDataViewType && label.HasKeyValues(TextDataViewType.Instance))
        {
            VBuffer<ReadOnlyMemory<char>> values = default;
            label.GetKeyValues(ref values);
            if (values.Length >= classes)
                return [.. values.DenseValues().Take(classes).Select(v => v.ToString())];
        }

        return [.. Enumerable.Range(0, classes).Select(i => i.ToString())];
    }

    private sealed class Tally(int classes)
    {
        private readonly double[][] _confusion = [.. Enumerable.Range(0, classes).Select(_ => new double[classes])];
        private readonly double[] _classLoss = new double[classes];
        private readonly double[] _classCount = new double[classes];
        private readonly double[] _ranks = new double[classes];
        private double _rows;
        private double _loss;
        private double _unknown;

        public void Add(int actual, float[] scores)
        {
            _rows++;
            if (actual >= classes)
            {
                // A class that the scores do not know is never predicted; it counts as a miss of the least probability.
                _unknown++;
                _loss += -Math.Log(SmallestProbability);
                return;
            }

            int predicted = Array.IndexOf(scores, scores.Max());
            _confusion[actual][predicted]++;
            _classCount[actual]++;
            int better = 0;
            for (int i = 0; i < classes; i++)
            {
                if (scores[i] > scores[actual] || (scores[i] == scores[actual] && i < actual))
                    better++;
            }

            _ranks[better]++;
            double loss = -Math.Log(Math.Max(SmallestProbability, Probability(scores, actual)));
            _loss += loss;
            _classLoss[actual] += loss;
        }

        public MulticlassClassificationMetrics ToMetrics(int topK, string[] names)
        {
            double right = Enumerable.Range(0, classes).Sum(i => _confusion[i][i]);
            double[] perClass = [.. Enumerable.Range(0, classes)
                .Where(i => _classCount[i] > 0)
                .Select(i => _confusion[i][i] / _classCount[i])];
            double macro = (perClass.Sum() + 0.0) / (perClass.Length + (_unknown > 0 ? 1 : 0));
            double entropy = -_classCount.Append(_unknown).Where(c => c > 0).Sum(c => c / _rows * Math.Log(c / _rows));
            double logLoss = _loss / _rows;
            var upToK = new double[Math.Min(topK, classes)];
            double sum = 0;
            for (int k = 0; k < upToK.Length; k++)
            {
                sum += _ranks[k];
                upToK[k] = sum / _rows;
            }

            return new MulticlassClassificationMetrics
            {
                MicroAccuracy = right / _rows,
                MacroAccuracy = macro,
                LogLoss = logLoss,
                LogLossReduction = (entropy - logLoss) / entropy,
                PerClassLogLoss = [.. _classLoss.Select((loss, i) => _classCount[i] > 0 ? loss / _classCount[i] : 0)],
                TopKPredictionCount = topK,
                TopKAccuracyForAllK = topK > 0 ? upToK : null,
                TopKAccuracy = upToK.LastOrDefault(),
                ConfusionMatrix = new ConfusionMatrix(_confusion, names),
            };
        }

        private static double Probability(float[] scores, int actual)
        {
            double sum = scores.Sum(s => (double)s);
            if (scores.All(s => s >= 0) && Math.Abs(sum - 1) < 1e-3)
                return scores[actual] / sum;
            double max = scores.Max();
            return Math.Exp(scores[actual] - max) / scores.Sum(s => Math.Exp(s - max));
        }
    }
}
