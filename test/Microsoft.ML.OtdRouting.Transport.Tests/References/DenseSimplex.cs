namespace Microsoft.ML.OtdRouting.Transport.Tests.References;

/// <summary>
/// A textbook two-phase tableau simplex with Bland's rule, the independent reference for small linear programs:
/// minimise c·x subject to A x = b, x ≥ 0.
/// </summary>
internal static class DenseSimplex
{
    private const double _zero = 1e-11;

    public static double Minimise(double[] c, double[][] a, double[] b)
    {
        int m = b.Length, n = c.Length;
        double[][] tableau = new double[m + 1][];
        int[] basis = new int[m];
        for (int i = 0; i < m; i++)
        {
            double sign = b[i] < 0 ? -1 : 1;
            tableau[i] = new double[n + m + 1];
            for (int j = 0; j < n; j++)
            {
                tableau[i][j] = sign * a[i][j];
            }

            tableau[i][n + i] = 1;
            tableau[i][n + m] = sign * b[i];
            basis[i] = n + i;
        }

        double[] phaseOne = new double[n + m];
        Array.Fill(phaseOne, 1, n, m);
        double infeasibility = Run(tableau, basis, phaseOne, n + m);
        Assert.True(infeasibility < 1e-9, $"The reference LP is infeasible by {infeasibility}.");
        double[] phaseTwo = new double[n + m];
        c.CopyTo(phaseTwo, 0);
        return Run(tableau, basis, phaseTwo, n);
    }

    private static double Run(double[][] tableau, int[] basis, double[] cost, int usable)
    {
        int m = basis.Length, width = tableau[0].Length;
        double[] reduced = new double[width];
        cost.CopyTo(reduced, 0);
        for (int i = 0; i < m; i++)
        {
            double price = cost[basis[i]];
            for (int j = 0; j < width; j++)
            {
                reduced[j] -= price * tableau[i][j];
            }
        }

        while (true)
        {
            int entering = Array.FindIndex(reduced, 0, usable, r => r < -_zero);
            if (entering < 0)
            {
                return -reduced[width - 1];
            }

            // An artificial variable left in the basis by a redundant constraint must stay zero: it leaves first.
            int leaving = usable == cost.Length ? -1 : Enumerable.Range(0, m).FirstOrDefault(i => basis[i] >= usable && Math.Abs(tableau[i][entering]) > _zero, -1);
            for (int i = 0; leaving < 0 || basis[leaving] < usable; i++)
            {
                if (i == m)
                {
                    break;
                }

                if (tableau[i][entering] > _zero)
                {
                    double ratio = tableau[i][width - 1] / tableau[i][entering];
                    double best = leaving < 0 ? double.PositiveInfinity : tableau[leaving][width - 1] / tableau[leaving][entering];
                    if (ratio < best - _zero || (Math.Abs(ratio - best) <= _zero && basis[i] < basis[leaving]))
                    {
                        leaving = i;
                    }
                }
            }

            Assert.True(leaving >= 0, "The reference LP is unbounded.");
            Pivot(tableau, reduced, leaving, entering);
            basis[leaving] = entering;
        }
    }

    private static void Pivot(double[][] tableau, double[] reduced, int row, int column)
    {
        double[] pivot = tableau[row];
        double scale = 1 / pivot[column];
        for (int j = 0; j < pivot.Length; j++)
        {
            pivot[j] *= scale;
        }

        foreach (double[] other in tableau.Where(r => r is not null && r != pivot).Append(reduced))
        {
            double factor = other[column];
            for (int j = 0; factor != 0 && j < pivot.Length; j++)
            {
                other[j] -= factor * pivot[j];
            }
        }
    }
}
