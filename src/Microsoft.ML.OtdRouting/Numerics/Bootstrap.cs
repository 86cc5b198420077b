namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Bootstrap intervals of means over rows (Efron 1979). Rows that are alike are drawn together: how often each kind of row comes is multinomial,
/// so a replication costs one draw a kind, however many rows there are. Always the same random numbers, so equal data gives equal intervals.
/// </summary>
internal static class Bootstrap
{
    private const int Replications = 2000;
    private const int Seed = 20240229;

    /// <summary>From this many expected events on, a binomial number is drawn as a rounded normal one.</summary>
    private const double NormalFrom = 50;

    /// <summary>Kinds of rows that are drawn one by one.</summary>
    private const int MostKinds = 64;

    /// <summary>The 95 % interval of a mean.</summary>
    /// <param name="values">Value of each kind of row.</param>
    /// <param name="counts">Rows of each kind.</param>
    public static ConfidenceInterval Mean(IReadOnlyList<double> values, IReadOnlyList<long> counts)
    {
        var rows = counts.Sum();
        if (rows == 0 || values.Any(double.IsNaN))
        {
            return ConfidenceInterval.None;
        }

        var random = new Random(Seed);
        var means = new double[Replications];
        for (var replication = 0; replication < means.Length; replication++)
        {
            long left = rows, ahead = rows;
            var sum = 0.0;
            for (var kind = 0; kind < counts.Count && ahead > 0; kind++)
            {
                // Of the rows still to draw, those of this kind are binomial given the kinds before it.
                var drawn = Binomial(left, (double)counts[kind] / ahead, random);
                sum += drawn * values[kind];
                left -= drawn;
                ahead -= counts[kind];
            }

            means[replication] = sum / rows;
        }

        Array.Sort(means);
        return new ConfidenceInterval(means[(int)(0.025 * Replications)], means[(int)(0.975 * Replications) - 1]);
    }

    /// <summary>
    /// The 95 % interval of the mean of one value a row. With many different values the mean of a replication is all but normal, and its interval
    /// is taken from their deviation.
    /// </summary>
    public static ConfidenceInterval Mean(ReadOnlySpan<float> rows)
    {
        var kinds = new SortedDictionary<double, long>();
        double sum = 0, squares = 0;
        foreach (var value in rows)
        {
            sum += value;
            squares += (double)value * value;
            if (kinds.Count <= MostKinds)
            {
                kinds[value] = kinds.GetValueOrDefault(value) + 1;
            }
        }

        if (kinds.Count <= MostKinds)
        {
            return Mean(kinds.Keys.Reverse().ToArray(), kinds.Values.Reverse().ToArray());
        }

        var mean = sum / rows.Length;
        var halfWidth = 1.96 * Math.Sqrt(Math.Max(0, (squares / rows.Length) - (mean * mean)) / rows.Length);
        return new ConfidenceInterval(mean - halfWidth, mean + halfWidth);
    }

    private static long Binomial(long trials, double probability, Random random)
    {
        if (probability >= 1 || trials == 0)
        {
            return probability <= 0 ? 0 : trials;
        }

        if (probability > 0.5)
        {
            return trials - Binomial(trials, 1 - probability, random);
        }

        var mean = trials * probability;
        if (mean >= NormalFrom)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return Math.Clamp((long)Math.Round(mean + (Math.Sqrt(mean * (1 - probability)) * normal)), 0, trials);
        }

        // Waiting times between events are geometric.
        long events = -1;
        for (var trial = 0.0; trial <= trials && probability > 0; events++)
        {
            trial += Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - probability)) + 1;
        }

        return Math.Max(events, 0);
    }
}
