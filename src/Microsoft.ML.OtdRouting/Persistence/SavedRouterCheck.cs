using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// Checks a saved router before memory is taken for it: that nothing is missing, that numbers are within what a fit makes, and that tables have the
/// lengths that follow from each other. The task checks its own parts, models are checked when they are opened.
/// </summary>
internal sealed class SavedRouterCheck
{
    private const int MaxResolutions = 12;
    private const int MaxRoutes = 32;
    private const int MaxPolicies = 2;
    private const int MaxPromiseTests = 50;

    /// <summary>Sums of shares were made of rounded numbers.</summary>
    private const double SumTolerance = 1e-6;

    private readonly SavedRouter _saved;

    private SavedRouterCheck(SavedRouter saved) => _saved = saved;

    private int Rows => _saved.Positions.Count;

    /// <summary>Throws where something is missing or out of range.</summary>
    /// <param name="saved">The router.</param>
    /// <param name="graph">Its graph.</param>
    /// <exception cref="InvalidDataException">Something is; the message names the part.</exception>
    public static void Require(SavedRouter saved, GraphProto graph)
    {
        var check = new SavedRouterCheck(saved);
        check.RequireForm();
        check.RequireResolutions();
        check.RequireInput(graph);
        check.RequireRows();
        check.RequireCandidates();
        check.RequireSingles(saved.Alone, "the single resolutions");
        check.RequireSingles(saved.Plain, "the plain resolutions");
        check.RequirePolicies();
        check.RequirePromise();
    }

    private void RequireForm()
    {
        Damage.Require(Enum.IsDefined((ImageForm)_saved.ImageForm), "the router's form of images", $"there is none of number {_saved.ImageForm}");
        Damage.Require(Enum.IsDefined((CostUnit)_saved.CostUnit), "the router's unit of cost", $"there is none of number {_saved.CostUnit}");
        Damage.Require(IsPositive(_saved.Budget), "the router's budget", $"it is {_saved.Budget}");
    }

    private void RequireResolutions()
    {
        var resolutions = _saved.Resolutions;
        const string All = "the list of resolutions";
        Damage.Require(resolutions.Count is >= 2 and <= MaxResolutions, All, $"it has {resolutions.Count}; allowed are 2 to {MaxResolutions}");
        for (var r = 0; r < resolutions.Count; r++)
        {
            var (part, saved) = (Resolution(r), resolutions[r]);
            Damage.Require(saved.Height >= 1 && saved.Width >= 1, part, $"its size is {saved.Height}x{saved.Width}");
            Damage.Require(IsPositive(saved.Cost) && (r == 0 || saved.Cost >= resolutions[r - 1].Cost), part, $"its cost is {saved.Cost}, out of order");
            Damage.Require(saved.Model.Length > 0, part, "it has no model");
        }

        // Images are held at the greatest height and width, which may be those of two resolutions.
        var (height, width) = (resolutions.Max(r => r.Height), resolutions.Max(r => r.Width));
        Damage.Require((long)height * width <= Array.MaxLength / 3, All, $"images of {height}x{width} do not fit into one array");
    }

    /// <summary>The graph takes images of the greatest size: resizers for images of another size would take memory that nothing accounts for.</summary>
    private void RequireInput(GraphProto graph)
    {
        long[] expected = [1, 3, _saved.Resolutions.Max(r => r.Height), _saved.Resolutions.Max(r => r.Width)];
        var found = graph.Input.Count == 1 ? graph.Input[0].Type?.TensorType?.Shape?.Dim.Select(d => d.DimValue).ToArray() ?? [] : [];
        Damage.Require(
            found.SequenceEqual(expected), "the list of resolutions",
            $"their images are [{string.Join(", ", expected)}], those of the graph [{string.Join(", ", found)}]");
    }

    private void RequireRows()
    {
        const string Part = "the table of fitting rows";
        Damage.Require(Rows is >= 1 and <= RowSelection.MaxRows, Part, $"it has {Rows}; allowed are 1 to {RowSelection.MaxRows}");
        Damage.Require(_saved.Positions.All(p => p < RowPlace.Modulus), Part, $"a position is beyond {RowPlace.Modulus}");
        Damage.Require(
            _saved.SamplePrior.Count == 0 || (_saved.SamplePrior.Count == Rows && AreShares(_saved.SamplePrior)), Part,
            $"its {_saved.SamplePrior.Count} weights are no shares of {Rows} rows");
    }

    private void RequireCandidates()
    {
        var candidates = _saved.Candidates;
        Damage.Require(
            candidates.Count >= 1 && candidates.Count <= _saved.Resolutions.Count, "the list of candidates",
            $"it has {candidates.Count} for {_saved.Resolutions.Count} resolutions");
        for (var c = 0; c < candidates.Count; c++)
        {
            RequireCandidate(candidates[c], $"candidate {c}", candidates[0].Predictors.Count);
        }

        if (_saved.Sample is { } sample)
        {
            var routes = candidates[0].Part.Routes.Count;
            var rows = sample.Losses.Count / routes;
            Damage.Require(
                rows is >= 1 and <= RowSelection.MaxRows && sample.Losses.Count == rows * routes && sample.Features.Count == (long)rows * Features(candidates[0]),
                "the sample of features", $"it has {sample.Features.Count} features and {sample.Losses.Count} losses of {routes} routes");
        }
    }

    private void RequireCandidate(SavedCandidate candidate, string part, int folds)
    {
        RequirePart(candidate.Part, part);
        var routes = candidate.Part.Routes.Count;
        Damage.Require(candidate.HeldOut.Count == Rows * routes, part, $"it has {candidate.HeldOut.Count} held-out predictions of {Rows} rows and {routes} routes");
        Damage.Require(
            folds is >= 2 and <= 20 && candidate.Predictors.Count == folds, part, $"it has {candidate.Predictors.Count} predictors; allowed are 2 to 20, the same everywhere");
        var features = Features(candidate);
        foreach (var predictor in candidate.Predictors)
        {
            Damage.Require(
                features >= 1 && predictor.Bias.Count == routes && predictor.Weights.Count == (long)routes * features, part,
                $"a predictor of {routes} routes has {predictor.Bias.Count} biases and {predictor.Weights.Count} weights");
            Damage.Require(predictor.Bias.All(float.IsFinite) && predictor.Weights.All(float.IsFinite), part, "a predictor's numbers are not finite");
        }
    }

    private void RequireSingles(SavedPart? saved, string part)
    {
        RequirePart(saved, part);
        Damage.Require(
            saved!.FirstLook == 0 && saved.Routes.Select(r => r.Members).Select((m, r) => m.Count == 1 && m[0] == r).All(same => same) &&
            saved.Routes.Count == _saved.Resolutions.Count, part, $"its {saved.Routes.Count} routes are not the {_saved.Resolutions.Count} resolutions");
    }

    private void RequirePart(SavedPart? saved, string part)
    {
        Damage.Require(saved?.Outcomes is not null, part, "it has no routes or no outcomes");
        var (resolutions, routes) = (_saved.Resolutions.Count, saved!.Routes.Count);
        Damage.Require(saved.FirstLook >= 0 && saved.FirstLook < resolutions, part, $"its first look is resolution {saved.FirstLook} of {resolutions}");
        Damage.Require(routes is >= 1 and <= MaxRoutes, part, $"it has {routes} routes; allowed are 1 to {MaxRoutes}");
        for (var k = 0; k < routes; k++)
        {
            var (members, cost) = (saved.Routes[k].Members, saved.Routes[k].Cost);
            Damage.Require(
                members.Count >= 1 && members[0] >= 0 && members[^1] < resolutions && members.Zip(members.Skip(1), (a, b) => a < b).All(up => up), part,
                $"route {k} has the resolutions [{string.Join(", ", members.Take(MaxResolutions))}] of {resolutions}");
            Damage.Require(IsPositive(cost) && (k == 0 || cost >= saved.Routes[k - 1].Cost), part, $"route {k} costs {cost}, out of order");
        }

        var (outcomes, length) = (saved.Outcomes, Rows * routes);
        int[] lengths = [outcomes.Losses.Count, outcomes.Measured.Count, outcomes.Quality.Count, outcomes.Confidence.Count, .. outcomes.Others.Select(o => o.Values.Count)];
        Damage.Require(lengths.All(l => l == length), part, $"its outcomes have {string.Join(", ", lengths.Distinct().Take(4))} numbers, not {length}");
    }

    private void RequirePolicies()
    {
        var policies = _saved.Policies;
        const string All = "the list of policies";
        Damage.Require(policies.Count is >= 1 and <= MaxPolicies, All, $"it has {policies.Count}; allowed are 1 or {MaxPolicies}");
        Damage.Require(AreShares(policies.Select(p => p.Share)), All, $"the shares are {string.Join(" and ", policies.Select(p => p.Share))}; they must sum to 1");
        for (var p = 0; p < policies.Count; p++)
        {
            var (part, policy) = ($"policy {p}", policies[p]);
            Damage.Require(
                policy.Candidate >= 0 && policy.Candidate < _saved.Candidates.Count, part, $"it is of candidate {policy.Candidate} of {_saved.Candidates.Count}");
            RequirePrices(policy.Prices, part, policy.Alone ? 1 : _saved.Candidates[policy.Candidate].Part.Routes.Count);
        }

        Damage.Require(policies.Select(p => p.Candidate).Distinct().Count() == policies.Count, All, "both are of one candidate");
    }

    private void RequirePromise()
    {
        if (_saved.Promise is not { } promise)
        {
            return;
        }

        const string Part = "the router's promise";
        Damage.Require(promise.Rows >= 1 && promise.Tests.Count is >= 1 and <= MaxPromiseTests, Part, $"it has {promise.Tests.Count} tests on {promise.Rows} rows");
        Damage.Require(
            promise.Tests.All(t =>
                IsPositive(t.Budget) && IsShare(t.Quality) && IsShare(t.Reference) && IsShare(t.PValue) && t.Gains >= 0 && t.Losses >= 0 &&
                (long)t.Gains + t.Losses <= promise.Rows),
            Part, "a test's numbers are out of range");
    }

    private static void RequirePrices(SavedPrices? prices, string part, int routes)
    {
        Damage.Require(
            prices is not null && prices.Prices.Count == routes && prices.Shares.Count == routes, part,
            $"it has {prices?.Prices.Count ?? 0} prices and {prices?.Shares.Count ?? 0} shares of {routes} routes");
        Damage.Require(prices!.Prices.All(float.IsFinite) && AreShares(prices.Shares), part, "its prices are not finite, or its shares do not sum to 1");
        Damage.Require(
            IsPositive(prices.Budget) && IsPositive(prices.MeanCost) && prices.CostDeviation >= 0 && double.IsFinite(prices.CostDeviation) && prices.Rows >= 1, part,
            $"its budget is {prices.Budget}, its mean cost {prices.MeanCost} ± {prices.CostDeviation}, on {prices.Rows} rows");
        Damage.Require(
            prices.Bounds is not { } bounds || (bounds.Floors.Count == routes && bounds.Ceilings.Count == routes), part, $"its bounds are not those of {routes} routes");
    }

    /// <summary>Features of a candidate, by its first predictor.</summary>
    private static int Features(SavedCandidate candidate) => candidate.Predictors[0].Weights.Count / candidate.Part.Routes.Count;

    private string Resolution(int index) => $"resolution {index} ('{_saved.Resolutions[index].Name}')";

    private static bool IsPositive(double value) => value > 0 && double.IsFinite(value);

    private static bool IsShare(double value) => value is >= 0 and <= 1;

    private static bool AreShares(IEnumerable<double> values) => values.All(v => v >= 0) && Math.Abs(values.Sum() - 1) <= SumTolerance;
}
