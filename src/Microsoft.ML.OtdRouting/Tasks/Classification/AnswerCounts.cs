using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>How often rows of a label were taken for a class by the most expensive resolution. Both are counted from 0, as the models count classes.</summary>
/// <param name="classes">Number of classes.</param>
internal sealed class AnswerCounts(int classes)
{
    private readonly Dictionary<(int Label, int Answer), int> _counts = [];
    private readonly int[] _labels = new int[classes];
    private readonly int[] _answers = new int[classes];

    public int Classes => classes;

    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows of a label that were taken for a class.</summary>
    public int this[int label, int answer] => _counts.GetValueOrDefault((label, answer));

    /// <summary>The pairs that occur, and how often.</summary>
    public IEnumerable<KeyValuePair<(int Label, int Answer), int>> Pairs => _counts;

    /// <summary>Rows that were taken for what they are.</summary>
    public int Correct => Enumerable.Range(0, classes).Sum(c => this[c, c]);

    /// <summary>Rows of a label.</summary>
    public int OfLabel(int label) => _labels[label];

    /// <summary>Rows that were taken for a class.</summary>
    public int OfAnswer(int answer) => _answers[answer];

    /// <summary>Counts rows.</summary>
    public static AnswerCounts Of(IEnumerable<LabelledAnswer> answers, int classes)
    {
        var counts = new AnswerCounts(classes);
        foreach (var answer in answers)
        {
            counts.Add(answer);
        }

        return counts;
    }

    /// <summary>Counts every other row of each label, and those between.</summary>
    public static (AnswerCounts Even, AnswerCounts Odd) Halves(IEnumerable<LabelledAnswer> answers, int classes)
    {
        var (even, odd) = (new AnswerCounts(classes), new AnswerCounts(classes));
        foreach (var answer in answers)
        {
            (even.OfLabel(answer.Label) == odd.OfLabel(answer.Label) ? even : odd).Add(answer);
        }

        return (even, odd);
    }

    private void Add(LabelledAnswer row)
    {
        _counts[(row.Label, row.Answer)] = this[row.Label, row.Answer] + 1;
        _labels[row.Label]++;
        _answers[row.Answer]++;
        Rows++;
    }
}

/// <summary>A row with a label, and the class that the most expensive resolution takes it for; both as the models count classes.</summary>
internal readonly record struct LabelledAnswer(int Label, int Answer)
{
    /// <summary>The rows that have labels and answers; what is not a number is none, and found where losses are counted.</summary>
    public static List<LabelledAnswer> Read(Observations observations, int classes)
    {
        var answers = new List<LabelledAnswer>();
        for (var row = 0; row < observations.Rows; row++)
        {
            var outputs = observations.Kept(observations.Resolutions - 1, row)[..classes];
            var (label, answer) = ((int)observations.Target(row)[0], ArgMax.Of(outputs));
            if (label >= 0 && !float.IsNaN(outputs[answer]))
            {
                answers.Add(new LabelledAnswer(label, answer));
            }
        }

        return answers;
    }
}
