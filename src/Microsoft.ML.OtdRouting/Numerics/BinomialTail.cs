namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>Exact chances of binomial numbers, for tests of counts.</summary>
internal static class BinomialTail
{
    /// <summary>The chance of at least so many successes.</summary>
    /// <param name="trials">Number of trials, at least 0.</param>
    /// <param name="successes">Least number of successes.</param>
    /// <param name="probability">Chance of a success, from 0 to 1.</param>
    public static double AtLeast(int trials, int successes, double probability)
    {
        if (successes <= 0 || probability >= 1)
        {
            return successes <= trials ? 1 : 0;
        }

        if (successes > trials || probability <= 0)
        {
            return 0;
        }

        if (successes <= trials * probability)
        {
            // The sum over the other side begins far from where it would underflow.
            return 1 - AtLeast(trials, trials - successes + 1, 1 - probability);
        }

        var logarithm = (successes * Math.Log(probability)) + ((trials - successes) * Math.Log(1 - probability));
        for (var i = 1; i <= successes; i++)
        {
            logarithm += Math.Log((double)(trials - successes + i) / i);
        }

        var term = Math.Exp(logarithm);
        var (sum, odds) = (0.0, probability / (1 - probability));
        for (var k = successes; k <= trials && term > sum * 1e-17; k++)
        {
            sum += term;
            term *= odds * (trials - k) / (k + 1);
        }

        return Math.Min(1, sum);
    }

    /// <summary>The least number of successes that is at most so likely; one more than there are trials where none is.</summary>
    /// <param name="trials">Number of trials, at least 0.</param>
    /// <param name="probability">Chance of a success, from 0 to 1.</param>
    /// <param name="chance">The chance, above 0.</param>
    public static int Critical(int trials, double probability, double chance)
    {
        int low = 0, high = trials + 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = AtLeast(trials, middle, probability) <= chance ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
