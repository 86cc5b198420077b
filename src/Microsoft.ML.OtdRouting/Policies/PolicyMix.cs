using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// One policy for all images, or two of which the content of an image decides which one serves it. Where the curve of quality over cost is not
/// concave, a mix of two of its corners is above the curve, and its cost is exactly the one wanted (Dekoninck et al. 2024 mix the cheapest and the
/// dearest of equally good choices in the same way).
/// </summary>
internal sealed class PolicyMix
{
    private readonly int[][] _places;
    private readonly (int Part, int Route)[] _parts;
    private readonly int[] _ends;

    /// <param name="parts">The parts, whose routes differ; their first looks do.</param>
    /// <param name="budget">Mean cost asked for.</param>
    public PolicyMix(IReadOnlyList<PolicyPart> parts, double budget)
    {
        Parts = parts;
        Budget = budget;
        var all = parts.SelectMany((part, p) => part.Routes.Select((route, k) => (Route: route, Part: p, Index: k)))
            .OrderBy(r => r.Route.Cost)
            .ThenBy(r => r.Route.Resolutions.Count)
            .ToList();
        Routes = all.Select(r => r.Route).ToList();
        _parts = all.Select(r => (r.Part, r.Index)).ToArray();
        _places = parts.Select((_, p) => Enumerable.Range(0, all.Count).Where(k => all[k].Part == p).ToArray()).ToArray();
        _ends = new int[parts.Count];
        var end = 0.0;
        for (var p = 0; p < parts.Count; p++)
        {
            end += parts[p].Share;
            _ends[p] = p == parts.Count - 1 ? (int)RowPlace.Modulus : (int)Math.Round(end * RowPlace.Modulus);
        }

        Shares = _parts.Select(r => parts[r.Part].Share * parts[r.Part].Policy.Shares[r.Route]).ToArray();
        Prices = _parts.Select(r => parts[r.Part].Policy.Calibration.Prices[r.Route]).ToArray();
        MeanCost = parts.Sum(p => p.Share * p.Policy.Calibration.MeanCost);
    }

    public IReadOnlyList<PolicyPart> Parts { get; }

    /// <summary>The routes of all parts, in ascending order of cost.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>Share of images that each route is meant to get.</summary>
    public double[] Shares { get; }

    /// <summary>Price of every route, to be compared with those of its own part.</summary>
    public float[] Prices { get; }

    /// <summary>Mean cost of an image that the policy is held to, in the unit of the route costs.</summary>
    public double Budget { get; }

    /// <summary>Mean cost of the plan; at most the budget.</summary>
    public double MeanCost { get; }

    /// <summary>Rows on which the prices were set; of weighted rows, how many equal ones they are worth.</summary>
    public int Rows => Parts[0].Policy.Calibration.Rows;

    /// <summary>Standard error of the mean cost of <paramref name="rows"/> new rows.</summary>
    public double StandardError(long rows) => PriceCalibration.StandardErrorOf(
        Math.Sqrt(Shares.Zip(Routes, (s, r) => s * (r.Cost - MeanCost) * (r.Cost - MeanCost)).Sum()), Rows, rows);

    /// <summary>Number of folds; an image's fold says which predictor serves it.</summary>
    public int FoldCount => Parts.Max(p => p.Policy.FoldCount);

    /// <summary>The position in a fold at which a part ends.</summary>
    public int EndOf(int part) => _ends[part];

    /// <summary>The part that serves an image.</summary>
    /// <param name="position">The image's position in its fold.</param>
    public int PartOf(int position)
    {
        var part = 0;
        while (position >= _ends[part])
        {
            part++;
        }

        return part;
    }

    /// <summary>The part that a route belongs to, and which of the part's routes it is.</summary>
    public (int Part, int Route) Locate(int route) => _parts[route];

    /// <summary>Where the routes of a part stand among all.</summary>
    public IReadOnlyList<int> PlacesOf(int part) => _places[part];

    /// <summary>Scores the routes of one image: price minus predicted loss, and minus infinity for the routes of other parts.</summary>
    /// <param name="part">The part that serves the image.</param>
    /// <param name="features">The features; those of another part's first look mean nothing to this one.</param>
    /// <param name="fold">The image's fold.</param>
    /// <param name="routeScores">One number a route.</param>
    public void Score(int part, ReadOnlySpan<float> features, int fold, Span<float> routeScores)
    {
        var places = _places[part];
        var own = routeScores[..places.Length];
        Parts[part].Policy.Score(features, fold, own);
        if (Parts.Count == 1)
        {
            return;
        }

        // From the last on, since no route stands ahead of where it stands in its part.
        var next = routeScores.Length;
        for (var k = places.Length - 1; k >= 0; k--)
        {
            var score = own[k];
            routeScores[(places[k] + 1)..next].Fill(float.NegativeInfinity);
            next = places[k];
            routeScores[next] = score;
        }

        routeScores[..next].Fill(float.NegativeInfinity);
    }
}
