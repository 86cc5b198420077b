namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The marginals in whole units, so that flows are exact and augmentation ends. A unit is one sample where shares are multiples of
/// 1/n, and about 2⁻⁶⁰ of the total otherwise, far below the rounding of the priors themselves.
/// </summary>
internal sealed class IntegerMasses
{
    private const double _resolution = 1L << 60;

    private readonly long[]? _rows;

    private IntegerMasses(long[]? rows, long unit, long total, long[] floors, long[] ceilings)
    {
        _rows = rows;
        Unit = unit;
        Total = total;
        Floors = floors;
        Ceilings = ceilings;
    }

    /// <summary>Mass of each row where the sample prior is uniform.</summary>
    public long Unit { get; }

    public bool IsUniform => _rows is null;

    public long Total { get; }

    public long[] Floors { get; }

    public long[] Ceilings { get; }

    public long this[int row] => _rows is null ? Unit : _rows[row];

    public static IntegerMasses Of(TransportProblem problem)
    {
        int n = problem.Losses.Rows;
        if (problem.SampleWeights is { } weights)
        {
            long[] rows = new long[n];
            long sum = 0;
            for (int i = 0; i < n; i++)
            {
                rows[i] = (long)Math.Round(weights[i] * _resolution);
                sum += rows[i];
            }

            return Bounded(problem, rows, 0, sum);
        }

        if (!problem.HasBudget && IntegralCapacities(problem) is { } capacities)
        {
            return Counts(n, capacities);
        }

        long unit = (long)(_resolution / n);
        return Bounded(problem, null, unit, unit * n);
    }

    /// <summary>One unit for each sample and the same capacity from below and above for each route.</summary>
    public static IntegerMasses Counts(int rows, long[] capacities) => new(null, 1, rows, capacities, capacities);

    /// <summary>Whole numbers of samples nearest to the shares, by largest remainder, ties to the lower route.</summary>
    public static long[] Apportion(ReadOnlySpan<double> shares, long total)
    {
        long[] result = new long[shares.Length];
        double[] remainders = new double[shares.Length];
        long rest = total;
        for (int k = 0; k < result.Length; k++)
        {
            double exact = shares[k] * total;
            result[k] = (long)Math.Floor(exact);
            remainders[k] = shares[k] > 0 ? exact - result[k] : -1;
            rest -= result[k];
        }

        int[] order = Enumerable.Range(0, result.Length).Where(k => remainders[k] >= 0).OrderByDescending(k => remainders[k]).ToArray();
        long each = rest / order.Length;
        rest -= each * order.Length;
        for (int r = 0; r < order.Length; r++)
        {
            result[order[r]] += each;
        }

        // The remainder may be negative where floating-point shares of a huge total rounded up.
        for (int r = 0; rest != 0; r = (r + 1) % order.Length)
        {
            int k = rest > 0 ? order[r] : order[order.Length - 1 - r];
            long one = rest > 0 ? 1 : -1;
            if (result[k] + one >= 0)
            {
                result[k] += one;
                rest -= one;
            }
        }

        return result;
    }

    private static long[]? IntegralCapacities(TransportProblem problem)
    {
        int n = problem.Losses.Rows;
        long[] capacities = new long[problem.Losses.Routes];
        for (int k = 0; k < capacities.Length; k++)
        {
            double exact = problem.RoutePrior[k] * n;
            capacities[k] = (long)Math.Round(exact);
            if (Math.Abs(exact - capacities[k]) > (1e-15 * n) + 1e-13)
            {
                return null;
            }
        }

        return capacities.Sum() == n ? capacities : null;
    }

    private static IntegerMasses Bounded(TransportProblem problem, long[]? rows, long unit, long total)
    {
        if (!problem.HasBudget)
        {
            long[] shares = Apportion(problem.RoutePrior, total);
            return new IntegerMasses(rows, unit, total, shares, shares);
        }

        int routes = problem.Losses.Routes;
        long[] floors = new long[routes], ceilings = new long[routes];
        for (int k = 0; k < routes; k++)
        {
            floors[k] = (long)Math.Min(Math.Round(problem.Floors[k] * total), total);
            ceilings[k] = problem.Ceilings[k] >= 1 ? total : (long)Math.Min(Math.Round(problem.Ceilings[k] * total), total);
        }

        // Rounding may push a tight sum past the total by a few units of 2⁻⁶⁰; the largest bound gives them back.
        long excess = floors.Sum() - total;
        if (excess > 0)
        {
            floors[Array.IndexOf(floors, floors.Max())] -= excess;
        }

        Int128 room = 0;
        foreach (long ceiling in ceilings)
        {
            room += ceiling;
        }

        if (room < total)
        {
            ceilings[Array.IndexOf(ceilings, ceilings.Max())] += (long)(total - room);
        }

        return new IntegerMasses(rows, unit, total, floors, ceilings);
    }
}
