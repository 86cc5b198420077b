namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>The sparse simplex projection of one row.</summary>
internal static class SparseProjection
{
    /// <summary>
    /// Projects the <paramref name="sparsity"/> largest entries of <c>(g − L)/γ</c> onto the simplex (Held, Wolfe and Crowder 1974); ties
    /// to the lower route. Fills <paramref name="p"/>, puts the support first in <paramref name="order"/> and returns its size.
    /// </summary>
    public static int Project(ReadOnlySpan<double> g, ReadOnlySpan<double> losses, double gamma, int sparsity, Span<double> p, Span<int> order)
    {
        int routes = p.Length;
        for (int k = 0; k < routes; k++)
        {
            // Insertion sort by g − L, descending and stable: rows are short.
            double value = g[k] - losses[k];
            int place = k;
            while (place > 0 && g[order[place - 1]] - losses[order[place - 1]] < value)
            {
                order[place] = order[place - 1];
                place--;
            }

            order[place] = k;
        }

        p.Clear();
        double top = g[order[0]] - losses[order[0]];
        double sum = 0, threshold = 0;
        int support = 0;
        while (support < Math.Min(sparsity, routes))
        {
            // Measured from the top entry, so that huge potentials cancel before the division.
            double value = (g[order[support]] - losses[order[support]] - top) / gamma;
            double next = (sum + value - 1) / (support + 1);
            if (!(value > next))
            {
                break;
            }

            sum += value;
            threshold = next;
            support++;
        }

        for (int r = 0; r < support; r++)
        {
            p[order[r]] = ((g[order[r]] - losses[order[r]] - top) / gamma) - threshold;
        }

        return support;
    }
}
