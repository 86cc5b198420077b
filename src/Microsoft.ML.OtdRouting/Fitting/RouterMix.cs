using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>A router at a budget: one of the fitted candidates, or two of which the content of an image decides which one serves it.</summary>
/// <param name="Candidates">The candidates, one a part of the policy.</param>
/// <param name="Policy">Their policies.</param>
internal sealed record RouterMix(IReadOnlyList<RouterCandidate> Candidates, PolicyMix Policy)
{
    /// <summary>The routes that the fitting rows take, each row predicted by parts that have not seen it.</summary>
    /// <param name="positions">Positions of the rows in their folds.</param>
    public int[] ChooseHeldOut(IReadOnlyList<ushort> positions)
    {
        var chosen = Candidates.Zip(Policy.Parts, (c, p) => c.ChooseHeldOut(p.Policy.Calibration)).ToArray();
        return Enumerable.Range(0, positions.Count).Select(row =>
        {
            var part = Policy.PartOf(positions[row]);
            return Policy.PlacesOf(part)[chosen[part][row]];
        }).ToArray();
    }

    /// <summary>What all routes do, of what those of each part do.</summary>
    public RouteOutcomes Join(Func<RouterCandidate, RouteOutcomes> outcomesOf) => Candidates.Count == 1
        ? outcomesOf(Candidates[0])
        : RouteOutcomes.Join(
            Candidates.Select(outcomesOf).ToList(), Enumerable.Range(0, Policy.Routes.Count).Select(Policy.Locate).ToList());

    /// <summary>Says what serves which images.</summary>
    /// <param name="names">Names of the resolutions.</param>
    /// <param name="describeCost">Says a cost with its unit.</param>
    public IEnumerable<string> Describe(IReadOnlyList<string> names, Func<double, string> describeCost)
    {
        for (var p = 0; p < Candidates.Count; p++)
        {
            var (look, routes, part) = (names[Candidates[p].FirstLook], Candidates[p].Routes, Policy.Parts[p]);
            if (Candidates.Count > 1 || Candidates[p].FirstLook > 0 || routes.Count == 1)
            {
                yield return $"{(Candidates.Count > 1 ? $"{part.Share:P1} of the images, by their content," : "All images")} go to resolution {look} " +
                    (routes.Count == 1
                        ? $"alone, at {describeCost(routes[0].Cost)}."
                        : $"first, at {describeCost(part.Policy.Calibration.MeanCost)} an image with what follows: {routes.Count} routes.");
            }
        }
    }
}
