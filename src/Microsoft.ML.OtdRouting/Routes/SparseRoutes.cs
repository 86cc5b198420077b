using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Routes;

/// <summary>
/// Chooses which resolutions to ensemble: those that share an image in the sparse transport between the images and the single resolutions.
/// </summary>
internal static class SparseRoutes
{
    /// <summary>Least share of the images for which a set becomes a route.</summary>
    private const double LeastShare = 0.01;

    /// <summary>γ of the transport, as a part of the distance between the least and the greatest loss.</summary>
    private const double Smoothing = 0.1;

    /// <summary>Budgets tried, as parts of the way from the cheapest resolution to the dearest: a router can be given another budget later.</summary>
    private static readonly double[] Budgets = [0.1, 0.3, 0.5, 0.7, 0.9];

    /// <summary>The routes that are worth fitting, in ascending order of cost; at most <see cref="RouteEnumeration.MaxRoutes"/>.</summary>
    /// <param name="table">Outputs of the resolutions on the fitting rows.</param>
    /// <param name="scorers">The scorers that made them.</param>
    /// <param name="all">Routes by enumeration: the singles, the cheapest and the dearest of them are kept.</param>
    /// <param name="cheapestAlwaysRuns">Whether every route contains the cheapest resolution.</param>
    /// <param name="options">Loss, most members of a route, and the token that stops the solver.</param>
    public static IReadOnlyList<Route> Choose(
        OutputTable table, ScorerSet scorers, IReadOnlyList<Route> all, bool cheapestAlwaysRuns, OtdResolutionRouter.Options options)
    {
        var members = Math.Min(options.MaxRouteSize ?? int.MaxValue, scorers.Costs.Count);
        var labelled = options.Loss.NeedsLabel;
        var temperatures = labelled ? TemperatureFit.Fit(table, scorers.OutputKinds) : Enumerable.Repeat(1f, scorers.Costs.Count).ToArray();
        var values = new LogProbabilityTable(table, scorers.OutputKinds, temperatures);
        var losses = RouteOutcomes.OfSingleResolutions(values, scorers, options.Loss).Losses;
        // Where the cheapest resolution runs anyway, what another one costs comes on top.
        var costs = scorers.Costs.Select((cost, r) => cheapestAlwaysRuns && r > 0 ? scorers.Costs[0] + cost : cost).ToArray();
        var shares = Shares(losses, costs, members, cheapestAlwaysRuns, table.ToFeatureTable(null).SamplePrior(), options.CancellationToken);

        var kept = all.Where((r, k) => k == 0 || k == all.Count - 1 || r.Resolutions.Count == 1 || (cheapestAlwaysRuns && r.Resolutions.Count == 2)).ToList();
        var known = kept.Select(r => SetOf(r.Resolutions)).ToHashSet();
        var used = shares
            .Where(s => s.Value >= LeastShare && !known.Contains(s.Key))
            .OrderByDescending(s => s.Value)
            .ThenBy(s => s.Key)
            .Take(Math.Max(0, RouteEnumeration.MaxRoutes - kept.Count))
            .Select(s => MembersOf(s.Key))
            .Select(set => new Route(set, scorers.Names, scorers.FeatureCost + set.Sum(m => scorers.Costs[m])));
        return kept.Concat(used).OrderBy(r => r.Cost).ThenBy(r => r.Resolutions.Count).ToList();
    }

    /// <summary>For every set of resolutions that a plan uses, the largest share of the images that any of the plans gives it.</summary>
    /// <param name="losses">Losses of the single resolutions, rows × resolutions.</param>
    /// <param name="costs">Cost of an image at every resolution.</param>
    /// <param name="members">Most resolutions in a set.</param>
    /// <param name="cheapestAlwaysRuns">Whether every set gets the cheapest resolution.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    /// <param name="cancellationToken">Stops the solver.</param>
    /// <returns>Shares by set; bit i of a set stands for resolution i.</returns>
    public static Dictionary<uint, double> Shares(
        float[] losses, double[] costs, int members, bool cheapestAlwaysRuns, double[]? samplePrior, CancellationToken cancellationToken)
    {
        var largest = new Dictionary<uint, double>();
        var rows = losses.Length / costs.Length;
        var range = losses.Max() - losses.Min();
        var unit = costs.Max();
        var solver = new SparseTransportSolver { Epsilon = range > 0 ? Smoothing * range : 1, Sparsity = members };
        var relative = Array.ConvertAll(costs, c => c / unit);
        var masses = new double[costs.Length];
        foreach (var part in Budgets)
        {
            var budget = relative.Min() + (part * (1 - relative.Min()));
            var problem = TransportProblem.WithBudget(new LossTable(losses, rows, costs.Length), relative, budget, samplePrior: samplePrior);
            // The plan may miss the budget by a few rows' mass; which sets it is made of does not hang on these.
            var plan = solver.Solve(problem, null, cancellationToken).Plan;
            var shares = new Dictionary<uint, double>();
            for (var row = 0; row < rows; row++)
            {
                plan.CopyRow(row, masses);
                if (masses.Max() > 0)
                {
                    var set = SetOf(masses, members, cheapestAlwaysRuns);
                    shares[set] = shares.GetValueOrDefault(set) + masses.Sum();
                }
            }

            foreach (var (set, share) in shares)
            {
                largest[set] = Math.Max(share, largest.GetValueOrDefault(set));
            }
        }

        return largest;
    }

    /// <summary>The resolutions that share a row; those of least mass are left out where the cheapest one leaves no place for them.</summary>
    private static uint SetOf(double[] masses, int members, bool cheapestAlwaysRuns)
    {
        var chosen = Enumerable.Range(0, masses.Length).Where(r => masses[r] > 0);
        return SetOf(cheapestAlwaysRuns
            ? chosen.Where(r => r > 0).OrderByDescending(r => masses[r]).Take(members - 1).Append(0)
            : chosen.OrderByDescending(r => masses[r]).Take(members));
    }

    private static uint SetOf(IEnumerable<int> members) => members.Aggregate(0u, (set, m) => set | (1u << m));

    private static IReadOnlyList<int> MembersOf(uint set) => Enumerable.Range(0, 32).Where(m => (set >> m & 1) == 1).ToList();
}
