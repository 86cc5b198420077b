using System.Globalization;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Tells a model whose answers have nothing to do with the labels: a router would be fitted to noise, without any other sign of it.
/// </summary>
/// <remarks>
/// Chance is what the same answers would get for the same labels in a random order, <c>Σ_c n_c·m_c / n²</c> of n rows, with n_c of label c and m_c that
/// were taken for c: one over the number of classes where classes are even, and the share of the class that a constant model always names. Rows that
/// are right are compared with it by a one-sided binomial test. Few rows prove nothing: a model that is a quarter of the way from chance to always right
/// would have to show by the same test, all but surely, for its absence to count.
/// </remarks>
internal static class ChanceLevel
{
    /// <summary>Above chance is what is at most so likely by chance.</summary>
    private const double MostChance = 0.01;

    /// <summary>How far from chance to always right a poor model is.</summary>
    private const double PoorModel = 0.25;

    /// <summary>With enough rows, a poor model shows with this chance.</summary>
    private const double LeastPower = 0.999;

    /// <summary>Throws where there are rows enough to tell that the answers have nothing to do with the labels.</summary>
    /// <param name="answers">The fitting rows with labels.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="resolution">The most expensive resolution.</param>
    /// <exception cref="ArgumentException">It is at chance level; the message names what may be the cause.</exception>
    public static void Refuse(IReadOnlyList<LabelledAnswer> answers, int classes, Resolution resolution)
    {
        var counts = AnswerCounts.Of(answers, classes);
        var rows = counts.Rows;
        var labelled = Enumerable.Range(0, classes).Where(c => counts.OfLabel(c) > 0).ToList();
        var chance = labelled.Sum(c => (double)counts.OfLabel(c) * counts.OfAnswer(c)) / ((double)rows * rows);
        // What the labels let a model show does not depend on what this one says: two rows of the same class are the luck of one that draws labels.
        var even = rows < 2 ? 1 : labelled.Sum(c => counts.OfLabel(c) * (counts.OfLabel(c) - 1.0)) / (rows * (rows - 1.0));
        var canTell = BinomialTail.AtLeast(rows, BinomialTail.Critical(rows, even, MostChance), even + (PoorModel * (1 - even))) >= LeastPower;
        if (rows > 0 && canTell && BinomialTail.AtLeast(rows, counts.Correct, chance) > MostChance)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{resolution.ModelFile}', the most expensive resolution, is at chance level: it is right on {counts.Correct} of {rows} labelled fitting images, " +
                $"where {chance * rows:F0} would be by chance. Likely causes: its classes are in another order than given (set " +
                $"{nameof(ClassificationTask.ClassNames)} to the classes in the order of the models' outputs); its images need another " +
                $"{nameof(Resolution.Preprocessing)} (mean, scale, order of the channels, interleaved layout); or its outputs are not " +
                $"{resolution.OutputKind} ({nameof(Resolution.OutputKind)})."));
        }
    }
}
