namespace Microsoft.ML.OtdRouting.Transport.Tests.References;

/// <summary>Log-domain Sinkhorn as the textbook writes it, dense and scalar, regulariser ε Σ T log T.</summary>
internal static class PlainSinkhorn
{
    public static double[] Plan(TransportProblem problem, double epsilon, double tolerance, int limit = 2_000_000)
    {
        int n = problem.Losses.Rows, routes = problem.Losses.Routes;
        double[] f = new double[n], g = new double[routes], plan = new double[n * routes];
        for (int k = 0; k < routes; k++)
        {
            g[k] = problem.RoutePrior[k] > 0 ? 0 : double.NegativeInfinity;
        }

        for (int iteration = 0; iteration < limit; iteration++)
        {
            for (int i = 0; i < n; i++)
            {
                double a = problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i];
                f[i] = epsilon * (Math.Log(a) - LogSum(routes, k => (g[k] - problem.Losses[i, k]) / epsilon));
            }

            for (int k = 0; k < routes; k++)
            {
                if (problem.RoutePrior[k] > 0)
                {
                    g[k] = epsilon * (Math.Log(problem.RoutePrior[k]) - LogSum(n, i => (f[i] - problem.Losses[i, k]) / epsilon));
                }
            }

            double error = 0;
            for (int i = 0; i < n; i++)
            {
                double mass = 0;
                for (int k = 0; k < routes; k++)
                {
                    plan[(i * routes) + k] = Math.Exp((f[i] + g[k] - problem.Losses[i, k]) / epsilon);
                    mass += plan[(i * routes) + k];
                }

                error += Math.Abs(mass - (problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i]));
            }

            if (error <= tolerance)
            {
                return plan;
            }
        }

        throw new InvalidOperationException("The reference Sinkhorn did not converge.");
    }

    private static double LogSum(int count, Func<int, double> term)
    {
        double top = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < count; i++)
        {
            top = Math.Max(top, term(i));
        }

        for (int i = 0; i < count; i++)
        {
            sum += Math.Exp(term(i) - top);
        }

        return top + Math.Log(sum);
    }
}
