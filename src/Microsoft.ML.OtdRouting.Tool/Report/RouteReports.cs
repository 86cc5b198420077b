using Microsoft.ML.OtdRouting.Tool.Inputs;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Looks closely at every route of a router.</summary>
internal static class RouteReports
{
    /// <summary>Images that are shown of a route.</summary>
    private const int MostImages = 10;

    /// <summary>Characters that the images of a page may take; with everything else it stays below 3 MB.</summary>
    private const int MostCharacters = 1_100_000;

    private const int MostBins = 10;

    /// <summary>Reports on every route, in the router's order.</summary>
    /// <param name="router">The router.</param>
    /// <param name="largest">Cost of the largest resolution.</param>
    /// <param name="rows">What became of the images.</param>
    /// <param name="images">The images.</param>
    /// <param name="classes">Number of classes; 0 where answers are no classes.</param>
    /// <param name="thumbnails">Makes pictures, as data URIs, of files.</param>
    public static IReadOnlyList<RouteReport> Create(
        OtdRoutingTransformer router,
        double largest,
        RoutedRows rows,
        IReadOnlyList<LabelledImage> images,
        int classes,
        Func<IReadOnlyList<string>, IReadOnlyList<string>> thumbnails)
    {
        int[][] members = [.. router.Routes.Select((_, route) => Enumerable.Range(0, rows.Count).Where(row => rows.Route[row] == route).ToArray())];
        ExampleImage[][] examples = Examples(members, rows, images, thumbnails);
        return [.. router.Routes.Select((route, k) => new RouteReport(
            route.Name,
            route.Cost / largest,
            members[k].Length,
            router.PlannedShares[k],
            classes > 0 ? members[k].Count(rows.IsRight) : 0,
            classes > 0 ? LossBin.Cut(rows, [.. members[k]], MostBins) : [],
            classes > 0 ? ConfusionCell.Count(rows, members[k], classes) : [],
            examples[k]))];
    }

    /// <summary>Some of many, at equal distances: which, does not depend on anyone's taste.</summary>
    public static IEnumerable<T> Spread<T>(IReadOnlyList<T> all, int most)
    {
        int count = Math.Min(most, all.Count);
        return Enumerable.Range(0, count).Select(i => all[(int)(((2L * i) + 1) * all.Count / (2 * count))]);
    }

    /// <summary>Some images of every route, as many as a page can hold.</summary>
    /// <param name="members">The images of each route.</param>
    /// <param name="rows">What became of the images.</param>
    /// <param name="images">The images.</param>
    /// <param name="thumbnails">Makes pictures, as data URIs, of files.</param>
    public static ExampleImage[][] Examples(
        int[][] members, RoutedRows rows, IReadOnlyList<LabelledImage> images, Func<IReadOnlyList<string>, IReadOnlyList<string>> thumbnails)
    {
        int[] chosen = [.. members.SelectMany(route => Spread(route, MostImages))];
        IReadOnlyList<string> uris = thumbnails([.. chosen.Select(row => images[row].Path)]);
        ExampleImage[] all = [.. chosen.Select((row, i) =>
            new ExampleImage(uris[i], Path.GetFileName(images[row].Path), rows.Truth[row], rows.Predicted[row], rows.Probability[row]))];
        long characters = uris.Sum(uri => (long)uri.Length);
        int kept = characters <= MostCharacters ? MostImages : (int)(MostImages * MostCharacters / characters);
        int start = 0;
        return [.. members.Select(route =>
        {
            ExampleImage[] ofRoute = all[start..(start += Math.Min(MostImages, route.Length))];
            return Spread(ofRoute, kept).ToArray();
        })];
    }
}
