namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Maximises <c>rᵀd − ½ dᵀQd</c> with Q positive semidefinite and lower bounds on some of d, by the primal active-set method of
/// Lawson and Hanson ("Solving Least Squares Problems", 1974, ch. 23). A few dozen variables at most.
/// </summary>
internal static class BoundedQuadratic
{
    public static double[] Solve(double[] q, double[] r, double[] lower)
    {
        int n = r.Length;
        double[] d = new double[n];
        bool[] free = new bool[n];
        for (int i = 0; i < n; i++)
        {
            free[i] = lower[i] < 0 || r[i] > 0;
        }

        for (int round = 0; round < (4 * n) + 20; round++)
        {
            double[] y = SolveFree(q, r, d, free);
            double step = 1;
            int blocking = -1;
            for (int i = 0; i < n; i++)
            {
                if (free[i] && y[i] < lower[i])
                {
                    double ratio = (lower[i] - d[i]) / (y[i] - d[i]);
                    if (blocking < 0 || ratio < step)
                    {
                        (step, blocking) = (Math.Clamp(ratio, 0, 1), i);
                    }
                }
            }

            for (int i = 0; i < n; i++)
            {
                d[i] = free[i] ? d[i] + (step * (y[i] - d[i])) : d[i];
            }

            if (blocking >= 0)
            {
                d[blocking] = lower[blocking];
                free[blocking] = false;
                continue;
            }

            int release = MostPromising(q, r, d, free);
            if (release < 0)
            {
                break;
            }

            free[release] = true;
        }

        return d;
    }

    private static int MostPromising(double[] q, double[] r, double[] d, bool[] free)
    {
        int n = r.Length, best = -1;
        double gain = 0;
        for (int i = 0; i < n; i++)
        {
            if (!free[i])
            {
                double slope = r[i], size = Math.Abs(r[i]);
                for (int j = 0; j < n; j++)
                {
                    slope -= q[(i * n) + j] * d[j];
                    size += Math.Abs(q[(i * n) + j] * d[j]);
                }

                if (slope > 1e-12 * size && slope > gain)
                {
                    (gain, best) = (slope, i);
                }
            }
        }

        return best;
    }

    /// <summary>The unconstrained maximiser over the free variables with the others held, by Cholesky.</summary>
    private static double[] SolveFree(double[] q, double[] r, double[] d, bool[] free)
    {
        int n = r.Length;
        int[] index = Enumerable.Range(0, n).Where(i => free[i]).ToArray();
        int m = index.Length;
        double[] y = (double[])d.Clone();
        double[] factor = new double[m * m];
        double[] b = new double[m];
        for (int i = 0; i < m; i++)
        {
            b[i] = r[index[i]];
            for (int j = 0; j < n; j++)
            {
                b[i] -= free[j] ? 0 : q[(index[i] * n) + j] * d[j];
            }

            for (int j = 0; j <= i; j++)
            {
                factor[(i * m) + j] = q[(index[i] * n) + index[j]];
            }
        }

        Factorise(factor, m);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < i; j++)
            {
                b[i] -= factor[(i * m) + j] * b[j];
            }

            b[i] /= factor[(i * m) + i];
        }

        for (int i = m - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < m; j++)
            {
                b[i] -= factor[(j * m) + i] * b[j];
            }

            b[i] /= factor[(i * m) + i];
            y[index[i]] = b[i];
        }

        return y;
    }

    /// <summary>Cholesky with pivots kept above a relative floor, so that a flat direction gives a long but finite step.</summary>
    private static void Factorise(double[] a, int m)
    {
        double largest = 1e-300;
        for (int i = 0; i < m; i++)
        {
            largest = Math.Max(largest, a[(i * m) + i]);
        }

        for (int i = 0; i < m; i++)
        {
            double diagonal = a[(i * m) + i];
            for (int j = 0; j < i; j++)
            {
                double sum = a[(i * m) + j];
                for (int k = 0; k < j; k++)
                {
                    sum -= a[(i * m) + k] * a[(j * m) + k];
                }

                a[(i * m) + j] = sum / a[(j * m) + j];
            }

            double pivot = diagonal;
            for (int k = 0; k < i; k++)
            {
                pivot -= a[(i * m) + k] * a[(i * m) + k];
            }

            a[(i * m) + i] = Math.Sqrt(Math.Max(pivot, Math.Max(1e-13 * diagonal, 1e-30 * largest)));
        }
    }
}
