using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>Finds the bounds of a controller's price on the held-out predictions of the fitting rows.</summary>
internal static class ControllerFit
{
    /// <summary>Part of the fitting rows that take the cheapest route at the highest price, and the dearest at the lowest.</summary>
    private const double Taken = 0.99;

    /// <summary>Where the fit leaves no choice at all, the price only moves shares, and its unit does not matter.</summary>
    private const double Least = 1e-6;

    /// <summary>A controller of a router.</summary>
    public static BudgetController Of(RouterMix router)
    {
        var (highest, lowest) = (Least, -Least);
        for (var p = 0; p < router.Candidates.Count; p++)
        {
            var (heldOut, part) = (router.Candidates[p].HeldOut, router.Policy.Parts[p]);
            var prices = part.Policy.Calibration.Prices;
            var costs = part.Routes.Select(r => r.Cost / router.Policy.Routes[^1].Cost).ToArray();
            var open = Enumerable.Range(0, costs.Length).Where(k => float.IsFinite(prices[k])).ToArray();
            double PriceFor(int row, int wanted) => open
                .Where(k => costs[k] != costs[wanted])
                .Max(k => (prices[k] - heldOut[row, k] - prices[wanted] + heldOut[row, wanted]) / Math.Abs(costs[k] - costs[wanted]));
            if (costs[open[0]] < costs[open[^1]])
            {
                highest = Math.Max(highest, Quantile(heldOut.Rows, row => PriceFor(row, open[0])));
                lowest = Math.Min(lowest, -Quantile(heldOut.Rows, row => PriceFor(row, open[^1])));
            }
        }

        return new BudgetController(router.Policy.MeanCost, router.Policy.Routes[^1].Cost, lowest, highest);
    }

    private static double Quantile(int rows, Func<int, double> of) => Enumerable.Range(0, rows).Select(of).Order().ElementAt((int)(Taken * (rows - 1)));
}
