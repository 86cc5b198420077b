namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Exact tests of the mean of independent numbers that are −1, 0 or 1, such as the differences between the right answers of two policies on the same
/// images. No normal approximation: they hold for few rows and for rare differences.
/// </summary>
/// <remarks>
/// Outcomes are ordered by the mean over its standard error, both as they are where the mean is just −margin (the score statistic; Tango 1998 tests the same
/// hypothesis by its normal limit). How often the numbers differ from 0 is not what is asked, and the chance of an outcome depends on it a little: the p-value is the greatest one over
/// an exact interval of that rate (Clopper and Pearson 1934), plus the small chance that the interval misses it (Berger and Boos 1994).
/// </remarks>
internal sealed class SignTest
{
    /// <summary>
    /// Rates of numbers other than 0 that are tried in the interval, which is some six standard deviations of their count wide: the chance of an outcome
    /// is a mean over the count, and changes little within a tenth of one.
    /// </summary>
    private const int Rates = 60;

    /// <summary>Counts further than this from their mean, in standard deviations, have no chance that matters.</summary>
    private const double Reach = 9;

    private readonly double[] _logFactorials;

    /// <param name="rows">How many numbers there are, at least 1.</param>
    public SignTest(int rows)
    {
        Rows = rows;
        // One more than there are numbers: the tail of the count behind the last one is computed too.
        _logFactorials = new double[rows + 2];
        for (var i = 1; i < _logFactorials.Length; i++)
        {
            _logFactorials[i] = _logFactorials[i - 1] + Math.Log(i);
        }
    }

    /// <summary>How many numbers there are.</summary>
    public int Rows { get; }

    /// <summary>The chance, at most, of an outcome like this one or further from the hypothesis, if the true mean is −<paramref name="margin"/> or less.</summary>
    /// <param name="gains">How many numbers are 1.</param>
    /// <param name="losses">How many are −1.</param>
    /// <param name="margin">Above 0 and below 1.</param>
    /// <param name="miss">The chance with which the interval of the rate may miss it: a small part of the level of the test.</param>
    public double PValue(int gains, int losses, double margin, double miss)
    {
        var count = gains + losses;
        var score = (gains - losses + (Rows * margin)) / Deviation(count, margin);
        if (score <= 0)
        {
            return 1;
        }

        var (low, high) = (Math.Max(margin, Limit(count, miss / 2, isLower: true)), Limit(count, miss / 2, isLower: false));
        var greatest = 0.0;
        for (var i = 0; i <= Rates && high >= margin; i++)
        {
            greatest = Math.Max(greatest, AtLeast(score, low + ((high - low) * i / Rates), margin));
        }

        return Math.Min(1, greatest + miss);
    }

    /// <summary>Standard deviation of the sum where the mean is −margin and the rate is that of a count, as far as there can be so few.</summary>
    private double Deviation(int count, double margin) => Math.Sqrt(Rows * (Math.Max((double)count / Rows, margin) - (margin * margin)));

    /// <summary>The rate below which so many numbers other than 0 have less than a chance, or above which so few have.</summary>
    private double Limit(int count, double chance, bool isLower)
    {
        var (low, high) = (0.0, 1.0);
        for (var step = 0; step < 50; step++)
        {
            var middle = (low + high) / 2;
            var isBelow = isLower ? BinomialTail.AtLeast(Rows, count, middle) < chance : BinomialTail.AtLeast(Rows, count + 1, middle) <= 1 - chance;
            (low, high) = isBelow ? (middle, high) : (low, middle);
        }

        return isLower ? low : high;
    }

    /// <summary>The chance of a score of at least <paramref name="score"/>, where the mean is −<paramref name="margin"/>.</summary>
    /// <param name="score">The score, above 0.</param>
    /// <param name="rate">Chance of a number other than 0, at least the margin.</param>
    /// <param name="margin">The margin.</param>
    private double AtLeast(double score, double rate, double margin)
    {
        // Given how many numbers are not 0, those that are 1 are binomial.
        var positive = Math.Max(0, (rate - margin) / 2 / rate);
        var deviation = Math.Sqrt(Rows * rate * (1 - rate));
        var first = Math.Max(0, (int)((Rows * rate) - (Reach * deviation) - Reach));
        var last = Math.Min(Rows, (int)((Rows * rate) + (Reach * deviation) + Reach));
        var needed = Needed(first, score, margin);
        var (total, tail) = (0.0, BinomialTail.AtLeast(first, needed, positive));
        for (var count = first; count <= last; count++)
        {
            total += Chance(Rows, count, rate) * Math.Max(0, tail);
            // One number more: the tail gains those that lacked one, and loses those that have no more than was enough.
            tail += positive * Chance(count, needed - 1, positive);
            for (var next = Needed(count + 1, score, margin); needed < next; needed++)
            {
                tail -= Chance(count + 1, needed, positive);
            }
        }

        return total;
    }

    /// <summary>How many of the numbers other than 0 must be 1 for a score; never fewer for more of them.</summary>
    private int Needed(int count, double score, double margin) =>
        // What is as great as the score but for rounding counts.
        (int)Math.Ceiling(((count - (Rows * margin) + (score * Deviation(count, margin))) / 2) - 1e-7);

    /// <summary>The chance of a binomial number.</summary>
    private double Chance(int trials, int successes, double probability) =>
        successes < 0 || successes > trials ? 0
        : probability <= 0 ? (successes == 0 ? 1 : 0)
        : probability >= 1 ? (successes == trials ? 1 : 0)
        : Math.Exp(
            _logFactorials[trials] - _logFactorials[successes] - _logFactorials[trials - successes] +
            (successes * Math.Log(probability)) + ((trials - successes) * Math.Log(1 - probability)));
}
