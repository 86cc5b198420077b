namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Derives a route prior from a compute budget.</summary>
public static class RoutePrior
{
    /// <summary>
    /// The distribution closest in Kullback–Leibler divergence to <paramref name="basePrior"/> whose mean cost is the budget:
    /// <c>b_k ∝ b⁰_k · exp(−λ c_k)</c> (the I-projection onto a moment constraint; Csiszár 1975).
    /// </summary>
    /// <param name="cost">Cost of one sample on every route, K ≥ 1 finite values.</param>
    /// <param name="budget">Mean cost to meet, in [cheapest, dearest] over the routes with a positive base prior. Equal to a
    /// bound it gives the base prior restricted to the routes of that cost.</param>
    /// <param name="basePrior">K values ≥ 0 that sum to 1 (to 1e-6); empty for uniform. A zero stays zero.</param>
    /// <returns>K shares that sum to 1.</returns>
    /// <exception cref="ArgumentException">A value is outside its interval or the budget is infeasible; the message names both bounds.</exception>
    public static double[] ForBudget(ReadOnlySpan<double> cost, double budget, ReadOnlySpan<double> basePrior = default) =>
        ForBudget(cost, budget, basePrior, out _);

    /// <summary>As <see cref="ForBudget(ReadOnlySpan{double}, double, ReadOnlySpan{double})"/>, and reports the tilt λ.</summary>
    /// <param name="cost">Cost of one sample on every route, K ≥ 1 finite values.</param>
    /// <param name="budget">Mean cost to meet, in [cheapest, dearest] over the routes with a positive base prior.</param>
    /// <param name="basePrior">K values ≥ 0 that sum to 1 (to 1e-6); empty for uniform.</param>
    /// <param name="tilt">λ in inverse units of cost: positive below the base prior's mean cost, ±∞ on a bound.</param>
    /// <returns>K shares that sum to 1.</returns>
    /// <exception cref="ArgumentException">A value is outside its interval or the budget is infeasible; the message names both bounds.</exception>
    public static double[] ForBudget(ReadOnlySpan<double> cost, double budget, ReadOnlySpan<double> basePrior, out double tilt)
    {
        double[] prior = CheckedBase(cost, basePrior);
        double cheapest = double.PositiveInfinity, dearest = double.NegativeInfinity;
        for (int k = 0; k < cost.Length; k++)
        {
            if (prior[k] > 0)
            {
                cheapest = Math.Min(cheapest, cost[k]);
                dearest = Math.Max(dearest, cost[k]);
            }
        }

        if (!(budget >= cheapest && budget <= dearest))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"budget is {budget}; it must lie between the cheapest route, {cheapest}, and the dearest, {dearest}."), nameof(budget));
        }

        if (budget == cheapest || budget == dearest)
        {
            tilt = cheapest == dearest ? 0 : budget == cheapest ? double.PositiveInfinity : double.NegativeInfinity;
            return Restricted(cost, prior, budget);
        }

        // In units where the costs span [0, 1] the root of m(λ) = Σ b_k x_k − target is well scaled, and m falls monotonically.
        double span = dearest - cheapest;
        double[] scaled = new double[cost.Length];
        for (int k = 0; k < cost.Length; k++)
        {
            scaled[k] = prior[k] > 0 ? (cost[k] - cheapest) / span : 0;
        }

        double[] shares = new double[cost.Length];
        tilt = Solve(scaled, prior, (budget - cheapest) / span, shares) / span;
        return shares;
    }

    private static double Solve(double[] x, double[] prior, double target, double[] shares)
    {
        double lambda = 0, low = double.NegativeInfinity, high = double.PositiveInfinity;
        for (int iteration = 0; iteration < 500; iteration++)
        {
            (double mean, double variance) = Tilt(x, prior, lambda, shares);
            double error = mean - target;
            if (error == 0)
            {
                break;
            }

            if (error > 0)
            {
                low = lambda;
            }
            else
            {
                high = lambda;
            }

            // Newton on log-odds of the mean: nearly linear in λ even where the mean itself is flat.
            double slope = -variance / (mean * (1 - mean));
            double step = (Math.Log(target / (1 - target)) - Math.Log(mean / (1 - mean))) / slope;
            double next = lambda + step;
            if (!(next > low && next < high) || !double.IsFinite(next))
            {
                next = double.IsInfinity(low) ? Math.Min(-1, high * 4)
                    : double.IsInfinity(high) ? Math.Max(1, low * 4)
                    : 0.5 * (low + high);
            }

            if (next == lambda || Math.Abs(next - lambda) <= 1e-16 * Math.Abs(lambda) || next <= low || next >= high)
            {
                break;
            }

            lambda = next;
        }

        return lambda;
    }

    private static (double Mean, double Variance) Tilt(double[] x, double[] prior, double lambda, double[] shares)
    {
        double top = double.NegativeInfinity, sum = 0, mean = 0, variance = 0;
        for (int k = 0; k < x.Length; k++)
        {
            top = prior[k] > 0 ? Math.Max(top, -lambda * x[k]) : top;
        }

        for (int k = 0; k < x.Length; k++)
        {
            shares[k] = prior[k] > 0 ? prior[k] * Math.Exp((-lambda * x[k]) - top) : 0;
            sum += shares[k];
        }

        for (int k = 0; k < x.Length; k++)
        {
            shares[k] /= sum;
            mean += shares[k] * x[k];
        }

        for (int k = 0; k < x.Length; k++)
        {
            variance += shares[k] * (x[k] - mean) * (x[k] - mean);
        }

        return (mean, variance);
    }

    private static double[] Restricted(ReadOnlySpan<double> cost, double[] prior, double bound)
    {
        double[] shares = new double[prior.Length];
        double sum = 0;
        for (int k = 0; k < shares.Length; k++)
        {
            shares[k] = cost[k] == bound ? prior[k] : 0;
            sum += shares[k];
        }

        for (int k = 0; k < shares.Length; k++)
        {
            shares[k] /= sum;
        }

        return shares;
    }

    private static double[] CheckedBase(ReadOnlySpan<double> cost, ReadOnlySpan<double> basePrior)
    {
        if (cost.IsEmpty)
        {
            throw new ArgumentException("cost is empty; it needs one value for each route.", nameof(cost));
        }

        for (int k = 0; k < cost.Length; k++)
        {
            if (!double.IsFinite(cost[k]))
            {
                throw new ArgumentException(FormattableString.Invariant($"cost[{k}] is {cost[k]}; it must be a finite number."), nameof(cost));
            }
        }

        if (basePrior.IsEmpty)
        {
            double[] uniform = new double[cost.Length];
            Array.Fill(uniform, 1.0 / cost.Length);
            return uniform;
        }

        if (basePrior.Length != cost.Length)
        {
            throw new ArgumentException($"basePrior has {basePrior.Length} values; there are {cost.Length} costs.", nameof(basePrior));
        }

        double sum = 0;
        for (int k = 0; k < basePrior.Length; k++)
        {
            if (!(basePrior[k] >= 0 && double.IsFinite(basePrior[k])))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"basePrior[{k}] is {basePrior[k]}; it must be finite and at least 0."), nameof(basePrior));
            }

            sum += basePrior[k];
        }

        if (!(Math.Abs(sum - 1) <= 1e-6))
        {
            throw new ArgumentException(FormattableString.Invariant($"basePrior sums to {sum}; it must sum to 1 (within 1e-6)."), nameof(basePrior));
        }

        return basePrior.ToArray();
    }
}
