using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Scores;

/// <summary>
/// A family of models and what they say about a set of images. Scoring is the product's; its outcome is kept on disk, so that a split of
/// the images costs a policy fit only.
/// </summary>
internal sealed class ScoredFamily : IDisposable
{
    private readonly ScoredRows _rows;

    private ScoredFamily(string name, ScorerSet scorers, FeatureExtractor features, ScoredRows rows)
    {
        Name = name;
        Scorers = scorers;
        Features = features;
        _rows = rows;
        Routes = RoutesUpTo(int.MaxValue);
    }

    public string Name { get; }

    public ScorerSet Scorers { get; }

    public FeatureExtractor Features { get; }

    /// <summary>The routes of a router with default options.</summary>
    public IReadOnlyList<Route> Routes { get; }

    public int Rows => _rows.Count;

    /// <summary>Cost of the largest resolution alone.</summary>
    public double LargestCost => Scorers.Costs[^1];

    /// <summary>Opens the models of a folder and scores images, or takes the outcome of an earlier run.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="folder">Folder with models whose names end with their resolution.</param>
    /// <param name="cacheFolder">Where outcomes are kept.</param>
    /// <param name="images">Opens the images, when they are needed.</param>
    public static ScoredFamily Open(string name, string folder, string cacheFolder, Func<IImageSet> images)
    {
        var resolutions = Directory.GetFiles(folder, "*.onnx")
            .Select(file => new Resolution(file, int.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[^1])))
            .OrderBy(resolution => resolution.Height)
            .ToList();
        var scorers = new ScorerSet(resolutions, ImageFit.CenterCrop, new ScoringOptions(), message => Progress.Write(message));
        var features = new LowestResolutionFeatures(scorers.Scorers[0]);
        var file = Path.Combine(cacheFolder, $"{name}.{ScoredRows.Key(resolutions, features)}.scores");
        if (!File.Exists(file))
        {
            ScoredRows.Score(name, scorers, features, images()).Save(file);
        }

        return new ScoredFamily(name, scorers, features, ScoredRows.Load(file));
    }

    /// <summary>Routes of at most so many resolutions.</summary>
    public IReadOnlyList<Route> RoutesUpTo(int members) =>
        RouteEnumeration.Enumerate(Scorers.Names, Scorers.Costs, Features.NeedsLowestResolution, members);

    /// <summary>The outputs of some rows.</summary>
    /// <param name="rows">Rows, in the order they get.</param>
    /// <param name="seed">0 for the product's folds; another number for folds by another function of the images' content.</param>
    /// <param name="foldCount">Number of folds.</param>
    public OutputTable Table(IEnumerable<int> rows, int seed = 0, int foldCount = 5)
    {
        var table = new OutputTable(Scorers, Features, foldCount, hasWeights: false);
        foreach (var row in rows)
        {
            table.AddScored(_rows.Label(row), 1, Fold(_rows.Content(row), seed, foldCount), _rows.Outputs(row), _rows.Features(row));
        }

        return table;
    }

    public void Dispose() => Scorers.Dispose();

    private static int Fold(int content, int seed, int foldCount)
    {
        if (seed == 0)
        {
            return content % foldCount;
        }

        // Finaliser of MurmurHash3: all bits of the result depend on all bits of the content and the seed.
        var hash = (uint)content + ((uint)seed * 0x9E3779B9u);
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        return (int)((hash ^ (hash >> 16)) % (uint)foldCount);
    }
}
