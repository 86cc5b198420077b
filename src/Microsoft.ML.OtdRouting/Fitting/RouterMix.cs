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

    /// <summary>What the fitting rows are expected to lose, each row predicted and answered by parts that have not seen it.</summary>
    public double[] HeldOutLosses()
    {
        var losses = new double[Candidates[0].HeldOut.Rows];
        for (var p = 0; p < Candidates.Count; p++)
        {
            var (candidate, part) = (Candidates[p], Policy.Parts[p]);
            var chosen = candidate.ChooseHeldOut(part.Policy.Calibration);
            for (var row = 0; row < losses.Length; row++)
            {
                losses[row] += part.Share * candidate.Judged[row, chosen[row]];
            }
        }

        return losses;
    }

    /// <summary>What all routes do, of what those of each part do.</summary>
    public RouteOutcomes Join(Func<RouterCandidate, RouteOutcomes> outcomesOf) => Candidates.Count == 1
        ? outcomesOf(Candidates[0])
        : RouteOutcomes.Join(
            Candidates.Select(outcomesOf).ToList(), Enumerable.Range(0, Policy.Routes.Count).Select(Policy.Locate).ToList());

    /// <summary>The parts, for those who use the router.</summary>
    /// <param name="names">Names of the resolutions.</param>
    public IReadOnlyList<RouterPart> Describe(IReadOnlyList<string> names) => Candidates.Zip(Policy.Parts, (candidate, part) => new RouterPart(
        names[candidate.FirstLook], part.Routes.Select(r => r.Name).ToArray(), part.Share, part.Policy.Calibration.MeanCost)).ToArray();
}
