namespace Microsoft.ML.OtdRouting.Transport.Tests;

/// <summary>Seeded problems of the kinds that break solvers: ties, constants, duplicated rows, zero shares, weights, floors.</summary>
internal sealed class RandomProblems(int seed)
{
    private readonly Random _random = new(seed);

    public Random Random => _random;

    public LossTable Losses(int n, int k, int kind)
    {
        double[] values = new double[n * k];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = kind switch
            {
                0 => _random.NextDouble(),
                1 => _random.Next(2),
                2 => _random.Next(5) - 2,
                3 => 0.25,
                4 => i >= k && _random.Next(2) == 0 ? values[i - k] : _random.NextDouble(),
                5 => -Math.Log(1 - _random.NextDouble()) * (1 + (i % k)),
                _ => (_random.NextDouble() / (1 + (i % k))) + (i / k % 3),
            };
        }

        return new LossTable(values, n, k);
    }

    public double[] Simplex(int length, bool withZeros = false)
    {
        double[] values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = withZeros && _random.Next(3) == 0 ? 0 : -Math.Log(1 - _random.NextDouble());
        }

        values[_random.Next(length)] += 0.1;
        double sum = values.Sum();
        return Array.ConvertAll(values, v => v / sum);
    }

    public TransportProblem WithPrior(int n, int k, int kind, bool weighted = false)
    {
        double[] prior = Simplex(k, kind % 2 == 1);
        return TransportProblem.WithRoutePrior(Losses(n, k, kind), prior, weighted ? Simplex(n, kind == 2) : []);
    }

    public TransportProblem WithBudget(int n, int k, int kind, bool weighted = false)
    {
        double[] cost = new double[k], floors = new double[k], ceilings = new double[k];
        double[] part = Simplex(k, true);
        for (int j = 0; j < k; j++)
        {
            cost[j] = kind == 2 ? 1 + (j / 2) : _random.NextDouble() * 10;
            floors[j] = 0.5 * part[j] * _random.Next(2);
            ceilings[j] = Math.Min(1, floors[j] + (_random.Next(2) == 0 ? 1 : (1.5 / k) + (0.3 * _random.NextDouble())));
        }

        double total = ceilings.Sum();
        for (int j = 0; j < k && total < 1.05; j++)
        {
            ceilings[j] = 1;
        }

        // A feasible budget between the bounds: the cost of some feasible shares, found by filling in a random order.
        double budget = FeasibleCost(cost, floors, ceilings);
        return TransportProblem.WithBudget(Losses(n, k, kind), cost, budget, floors, ceilings, weighted ? Simplex(n) : []);
    }

    private double FeasibleCost(double[] cost, double[] floors, double[] ceilings)
    {
        double rest = 1 - floors.Sum(), total = 0;
        double[] shares = (double[])floors.Clone();
        foreach (int j in Enumerable.Range(0, cost.Length).OrderBy(j => cost[j] + (3 * _random.NextDouble())))
        {
            double part = Math.Min(rest, ceilings[j] - floors[j]);
            shares[j] += part;
            rest -= part;
        }

        for (int j = 0; j < cost.Length; j++)
        {
            total += shares[j] * cost[j];
        }

        return total;
    }
}
