namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Exact tests of the mean of independent numbers that are −1, 0 or 1, such as the differences between the right answers of two policies on the same
/// images. No normal approximation: they hold for few rows and for rare differences.
/// </summary>
/// <remarks>
/// How often the numbers differ from 0 is not what is asked, and the chance of a sum depends on it. It is bounded first, by the exact upper limit (Clopper and
/// Pearson 1934) that is missed with a small chance, and the p-value is the greatest one below that limit plus that chance (Berger and Boos 1994).
/// </remarks>
internal sealed class SignTest
{
    /// <summary>Rates of numbers other than 0 that are tried below the limit. The chance grows with the rate but for steps of whole numbers.</summary>
    private const int Rates = 24;

    /// <summary>Counts further than this from their mean, in standard deviations, are left to the bound on their chance.</summary>
    private const double Reach = 9;

    private readonly double[] _logFactorials;

    /// <param name="rows">How many numbers there are, at least 1.</param>
    public SignTest(int rows)
    {
        Rows = rows;
        _logFactorials = new double[rows + 1];
        for (var i = 1; i <= rows; i++)
        {
            _logFactorials[i] = _logFactorials[i - 1] + Math.Log(i);
        }
    }

    /// <summary>How many numbers there are.</summary>
    public int Rows { get; }

    /// <summary>The chance, at most, of a mean as great as this one, if the true mean is −<paramref name="margin"/> or less.</summary>
    /// <param name="gains">How many numbers are 1.</param>
    /// <param name="losses">How many are −1.</param>
    /// <param name="margin">From above 0 to 1.</param>
    /// <param name="miss">The chance with which the limit of the rate may be missed: a small part of the level of the test.</param>
    public double PValue(int gains, int losses, double margin, double miss)
    {
        var limit = UpperLimit(gains + losses, miss);
        var greatest = 0.0;
        for (var i = 0; i <= Rates && limit >= margin; i++)
        {
            greatest = Math.Max(greatest, AtLeast(gains - losses, margin + ((limit - margin) * i / Rates), margin));
        }

        return Math.Min(1, greatest + miss);
    }

    /// <summary>The greatest chance of a number other than 0 at which so few of them are not less likely than <paramref name="miss"/>.</summary>
    private double UpperLimit(int count, double miss)
    {
        var (low, high) = ((double)count / Rows, 1.0);
        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = BinomialTail.AtLeast(Rows, count + 1, middle) <= 1 - miss ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>The chance that the sum is at least <paramref name="sum"/>, where the mean is −<paramref name="margin"/>.</summary>
    /// <param name="sum">The sum.</param>
    /// <param name="rate">Chance of a number other than 0, at least the margin.</param>
    /// <param name="margin">The margin.</param>
    private double AtLeast(int sum, double rate, double margin)
    {
        // Given how many numbers are not 0, those that are 1 are binomial.
        var positive = (rate - margin) / 2 / rate;
        var deviation = Math.Sqrt(Rows * rate * (1 - rate));
        var first = Math.Max(0, (int)((Rows * rate) - (Reach * deviation) - Reach));
        var last = Math.Min(Rows, (int)((Rows * rate) + (Reach * deviation) + Reach));
        var needed = Needed(first, sum);
        var (total, tail) = (0.0, BinomialTail.AtLeast(first, needed, positive));
        for (var count = first; count <= last; count++)
        {
            total += Chance(Rows, count, rate) * tail;
            // One number more: the tail gains those that lacked one, and loses those that have just enough where one more is needed.
            tail += positive * Chance(count, needed - 1, positive);
            if (Needed(count + 1, sum) > needed)
            {
                tail -= count < Rows ? Chance(count + 1, needed, positive) : 0;
                needed++;
            }
        }

        return Math.Max(0, total);
    }

    /// <summary>How many of the numbers other than 0 must be 1 for a sum.</summary>
    private static int Needed(int count, int sum) => (int)Math.Floor((count + sum + 1) / 2.0);

    /// <summary>The chance of a binomial number.</summary>
    private double Chance(int trials, int successes, double probability) =>
        successes < 0 || successes > trials ? 0
        : probability <= 0 ? (successes == 0 ? 1 : 0)
        : probability >= 1 ? (successes == trials ? 1 : 0)
        : Math.Exp(
            _logFactorials[trials] - _logFactorials[successes] - _logFactorials[trials - successes] +
            (successes * Math.Log(probability)) + ((trials - successes) * Math.Log(1 - probability)));
}
