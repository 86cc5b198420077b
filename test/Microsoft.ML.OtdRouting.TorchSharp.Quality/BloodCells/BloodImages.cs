using System.IO.Compression;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>Photographs of blood under a microscope (BCCD), in the parts in which they come.</summary>
/// <param name="Training">What the network is trained on.</param>
/// <param name="Scored">What it is not trained on: routers are fitted on a part of these and tested on the rest, in turn.</param>
internal sealed record BloodImages(IReadOnlyList<AnnotatedImage> Training, IReadOnlyList<AnnotatedImage> Scored)
{
    /// <summary>Column of a view with the classes as keys.</summary>
    public const string KeyColumn = "LabelKey";

    /// <summary>The classes, in the order of their keys.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["Platelets", "RBC", "WBC"];

    /// <summary>Unpacks and reads them; null where they are not there.</summary>
    public static BloodImages? Open(MeasuringOptions options)
    {
        var file = Path.Combine(options.Shared, "data", "bccd.zip");
        if (!File.Exists(file))
        {
            return null;
        }

        var folder = Path.Combine(options.Cache, "bccd", "data");
        if (!Directory.Exists(folder))
        {
            // Under another name first: what was interrupted must not stay as if it were whole.
            var partial = $"{folder}.{Environment.ProcessId}.part";
            ZipFile.ExtractToDirectory(file, partial);
            Directory.Move(partial, folder);
        }

        IReadOnlyList<AnnotatedImage> Read(string part) =>
            DetectionAnnotations.ReadPascalVoc(Path.Combine(folder, "bccd", "annotations", part), Path.Combine(folder, "bccd", "images", part));
        return new BloodImages(Read("train"), Read("val"));
    }

    /// <summary>Images as the library takes them.</summary>
    public static IDataView View(MLContext context, IReadOnlyList<AnnotatedImage> images)
    {
        var view = context.Data.LoadFromEnumerable(images);
        var keys = context.Data.LoadFromEnumerable(ClassNames.Select(name => new Named { Name = name }));
        return context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(AnnotatedImage.Label), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, keyData: keys)
            .Fit(view).Transform(view);
    }

    /// <summary>The objects of an image.</summary>
    public static List<TrueObject> Objects(AnnotatedImage image) =>
    [
        .. image.Label.Zip(
            image.BoundingBoxes.Chunk(4),
            (label, box) => new TrueObject(new Box(box[0], box[1], box[2], box[3]), ClassNames.Index().Single(c => c.Item == label).Index)).Where(o => o.Box.Area > 0),
    ];

    /// <summary>How many there are.</summary>
    public static string Describe(IReadOnlyList<AnnotatedImage> images) =>
        $"{images.Count} images with {string.Join(", ", ClassNames.Select(name => $"{images.Sum(i => i.Label.Count(l => l == name)):N0} {name}"))}";

    private sealed class Named
    {
        public string Name { get; set; } = "";
    }
}
