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
    /// <param name="show">What the page shows of images, by their places.</param>
    /// <returns>The reports, and what is to be said of all examples.</returns>
    public static (IReadOnlyList<RouteReport> Routes, ExampleContents Contents) Create(
        OtdRoutingTransformer router,
        double largest,
        RoutedRows rows,
        IReadOnlyList<LabelledImage> images,
        int classes,
        Func<IReadOnlyList<int>, ExampleContents> show)
    {
        int[][] members = [.. router.Routes.Select((_, route) => Enumerable.Range(0, rows.Count).Where(row => rows.Route[row] == route).ToArray())];
        (ExampleImage[][] examples, ExampleContents contents) = Examples(members, rows, images, show);
        return ([.. router.Routes.Select((route, k) => new RouteReport(
            route.Name,
            route.Cost / largest,
            members[k].Length,
            router.PlannedShares[k],
            classes > 0 ? members[k].Count(rows.IsRight) : 0,
            classes > 0 ? LossBin.Cut(rows, [.. members[k]], MostBins) : [],
            classes > 0 ? ConfusionCell.Count(rows, members[k], classes) : [],
            examples[k]))], contents);
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
    /// <param name="show">What the page shows of images, by their places.</param>
    /// <returns>The images of each route, and what is to be said of all.</returns>
    public static (ExampleImage[][] Examples, ExampleContents Contents) Examples(
        int[][] members, RoutedRows rows, IReadOnlyList<LabelledImage> images, Func<IReadOnlyList<int>, ExampleContents> show)
    {
        int[] chosen = [.. members.SelectMany(route => Spread(route, MostImages))];
        ExampleContents contents = show(chosen);
        ExampleImage[] all = [.. chosen.Select((row, i) => ExampleImage.Of(contents.Examples[i], images[row].Path, rows, row))];
        long characters = contents.Examples.Sum(content => content.Characters);
        int kept = characters <= MostCharacters ? MostImages : (int)(MostImages * MostCharacters / characters);
        int start = 0;
        ExampleImage[][] examples = [.. members.Select(route =>
        {
            ExampleImage[] ofRoute = all[start..(start += Math.Min(MostImages, route.Length))];
            return Spread(ofRoute, kept).ToArray();
        })];
        return (examples, contents);
    }
}
