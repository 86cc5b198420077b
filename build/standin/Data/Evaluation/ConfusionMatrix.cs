using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Counts by actual class (rows) and predicted class (columns).</summary>
public sealed class ConfusionMatrix
{
    private readonly string[] _names;

    internal ConfusionMatrix(double[][] counts, string[] names)
    {
        _names = names;
        Counts = counts;
        NumberOfClasses = counts.Length;
        PerClassPrecision = [.. Enumerable.Range(0, NumberOfClasses).Select(c => Ratio(counts[c][c], counts.Sum(row => row[c])))];
        PerClassRecall = [.. Enumerable.Range(0, NumberOfClasses).Select(c => Ratio(counts[c][c], counts[c].Sum()))];
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses { get; }

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        if ((uint)predictedClassIndicatorIndex >= (uint)NumberOfClasses)
            throw new ArgumentOutOfRangeException(nameof(predictedClassIndicatorIndex));
        if ((uint)actualClassIndicatorIndex >= (uint)NumberOfClasses)
            throw new ArgumentOutOfRangeException(nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    public string GetFormattedConfusionTable()
    {
        int width = Math.Max(6, Math.Max(_names.Max(n => n.Length), Counts.Max(row => row.Max(c => $"{c:0}".Length)))) + 1;
        var text = new StringBuilder("Confusion table").AppendLine();
        text.Append("PREDICTED".PadRight(width + 2)).Append("||");
        foreach (string name in _names)
            text.Append(name.PadLeft(width)).Append(" |");
        text.AppendLine(" Recall");
        text.AppendLine("TRUTH".PadRight(width + 2) + "||" + new string('=', (width + 2) * NumberOfClasses));
        for (int c = 0; c < NumberOfClasses; c++)
        {
            text.Append(_names[c].PadLeft(width)).Append("  ||");
            foreach (double count in Counts[c])
                text.Append($"{count:0}".PadLeft(width)).Append(" |");
            text.AppendLine(FormattableString.Invariant($" {PerClassRecall[c]:F4}"));
        }

        text.Append("Precision".PadRight(width + 2)).Append("||");
        foreach (double precision in PerClassPrecision)
            text.Append(FormattableString.Invariant($"{precision:F4}").PadLeft(width)).Append(" |");
        return text.AppendLine().ToString();
    }

    private static double Ratio(double part, double all) => all == 0 ? 0 : part / all;
}
