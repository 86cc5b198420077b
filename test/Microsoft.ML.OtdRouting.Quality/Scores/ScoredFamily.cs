using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Scores;

/// <summary>
/// A family of models and what they say about a set of images. Scoring is the product's; its outcome is kept on disk, so that a split of
/// the images costs a policy fit only.
/// </summary>
internal sealed class ScoredFamily : IDisposable
{
    private readonly ScoredRows _rows;

    private ScoredFamily(string name, ScorerSet scorers, BoundClassification task, ScoredRows rows)
    {
        Name = name;
        Scorers = scorers;
        Task = task;
        _rows = rows;
    }

    public string Name { get; }

    public ScorerSet Scorers { get; }

    /// <summary>Classification with the product's defaults.</summary>
    public BoundClassification Task { get; }

    public int Rows => _rows.Count;

    /// <summary>Cost of the largest resolution alone.</summary>
    public double LargestCost => Scorers.Costs[^1];

    /// <summary>Features of the thumbnail of an image, for the ablation.</summary>
    public ReadOnlySpan<float> Thumbnail(int row) => _rows.Thumbnail(row);

    /// <summary>The models of a folder whose names end with their resolution.</summary>
    public static IReadOnlyList<Resolution> ResolutionsIn(string folder) => Directory.GetFiles(folder, "*.onnx")
        .Select(file => (File: file, Size: Path.GetFileNameWithoutExtension(file).Split('-', '_')[^1]))
        .Where(file => int.TryParse(file.Size, out _))
        .Select(file => new Resolution(file.File, int.Parse(file.Size)))
        .OrderBy(resolution => resolution.Height)
        .ToList();

    /// <summary>Opens models and scores images, or takes the outcome of an earlier run.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="resolutions">The models at their resolutions.</param>
    /// <param name="cacheFolder">Where outcomes are kept.</param>
    /// <param name="images">Opens the images, when they are needed.</param>
    public static ScoredFamily Open(string name, IReadOnlyList<Resolution> resolutions, string cacheFolder, Func<IImageSet> images)
    {
        var scorers = new ScorerSet(resolutions, ImageFit.CenterCrop, new ScoringOptions(), message => Progress.Write(message));
        var task = Bind(scorers, new ClassificationTask());
        var file = Path.Combine(cacheFolder, $"{name}.{ScoredRows.Key(resolutions)}.scores");
        if (!File.Exists(file))
        {
            ScoredRows.Score(name, scorers, task, images()).Save(file);
        }

        return new ScoredFamily(name, scorers, task, ScoredRows.Load(file));
    }

    /// <summary>
    /// Families of the same sizes, each with images of its own, as one: each image keeps what its own models say. The models themselves are those of the first.
    /// </summary>
    /// <param name="name">Name of the whole.</param>
    /// <param name="parts">The families, which the whole owns from then on.</param>
    public static ScoredFamily Join(string name, IReadOnlyList<ScoredFamily> parts)
    {
        foreach (var other in parts.Skip(1))
        {
            other.Dispose();
        }

        return new ScoredFamily(name, parts[0].Scorers, parts[0].Task, ScoredRows.Join([.. parts.Select(p => p._rows)]));
    }

    /// <summary>The family's task with other options.</summary>
    public BoundClassification With(ClassificationTask task) => Bind(Scorers, task);

    /// <summary>The routes of a router in which the cheapest resolution looks first, of at most so many resolutions.</summary>
    public IReadOnlyList<Route> RoutesUpTo(int members = int.MaxValue) => RouteEnumeration.Enumerate(Scorers.Names, Scorers.Costs, 0, members);

    /// <summary>The outputs of some rows.</summary>
    /// <param name="rows">Rows, in the order they get.</param>
    /// <param name="seed">0 for the product's folds; another number for folds by another function of the images' content.</param>
    /// <param name="foldCount">Number of folds.</param>
    public Observations Observe(IEnumerable<int> rows, int seed = 0, int foldCount = 5)
    {
        var observations = new Observations(Task, Scorers.Scorers.Count, foldCount, hasWeights: false);
        foreach (var row in rows)
        {
            observations.AddRow(Place(_rows.Content(row), seed, foldCount), 1)[0] = _rows.Label(row);
            for (var resolution = 0; resolution < Scorers.Scorers.Count; resolution++)
            {
                observations.AddKept(resolution, _rows.Kept(resolution, row));
            }
        }

        return observations;
    }

    public void Dispose() => Scorers.Dispose();

    private static BoundClassification Bind(ScorerSet scorers, ClassificationTask task)
    {
        var classes = scorers.Scorers[0].OutputLength;
        var names = Enumerable.Range(0, classes).Select(c => $"{c}").ToArray();
        return new BoundClassification(
            task, new ClassMap(names, Enumerable.Range(0, classes).ToArray()), new KeyDataViewType(typeof(uint), classes), null, scorers);
    }

    private static RowPlace Place(int content, int seed, int foldCount)
    {
        var position = (int)(Mix((uint)content) % RowPlace.Modulus);
        return new RowPlace(seed == 0 ? content % foldCount : (int)(Mix((uint)content + ((uint)seed * 0x9E3779B9u)) % (uint)foldCount), position);
    }

    /// <summary>Finaliser of MurmurHash3: all bits of the result depend on all bits of the hash.</summary>
    private static uint Mix(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        return hash ^ (hash >> 16);
    }
}
