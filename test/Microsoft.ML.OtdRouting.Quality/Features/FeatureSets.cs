using DepthScenes;
using DetectionScenes;
using FashionData;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>The sets on which features of first looks are measured: models and pictures of the examples, which the networks were not trained on.</summary>
internal static class FeatureSets
{
    private const string Key = "Key";

    private static readonly MLContext Context = new(seed: 1);

    /// <summary>What can be measured, by its name: how often images are split, and sets that are opened with a number of images.</summary>
    public static IReadOnlyList<(string Name, int Splits, IReadOnlyList<Func<int, FeatureSet>> Sets)> All { get; } =
    [
        // A search of all images by every route takes its time.
        ("embedding", 3, [Labelled, Unlabelled]),
        ("dense", 5, [images => Dense(images, isFree: false), images => Dense(images, isFree: true)]),
        ("detection", 5, [Detection]),
    ];

    private static FeatureSet Labelled(int images) => Embedding(
        "Fashion-MNIST, labels", "Recall at 1", images, new EmbeddingTask { LabelColumnName = Key, Loss = EmbeddingLoss.RetrievedLabel }, "votes");

    // Whether the very same neighbour comes first says little of what the router minimises.
    private static FeatureSet Unlabelled(int images) => Embedding("Fashion-MNIST, no labels", "One minus the cosine to the largest resolution", images, new EmbeddingTask(), "anchors");

    private static FeatureSet Embedding(string title, string measure, int images, EmbeddingTask task, string parts)
    {
        FeatureGroup Between(string name, Func<Anchors, (int Start, int End)> of) => FeatureGroup.Between(name, model => of(((EmbeddingModel)model).Anchors!));
        var isUnlabelled = task.LabelColumnName is null;
        var direction = Between("direction", a => (0, a.Length));
        var length = Between("length", a => (a.Length, a.Length + 1));
        var each = Between(parts, a => (a.Length + 1, a.Length + 1 + a.GroupCount));
        var summary = Between($"{parts} in short", a => (a.Length + 1 + a.GroupCount, a.FeatureCount));
        var rows = FashionPictures.Fitting(images / 2).Concat(FashionPictures.Test(images - (images / 2)));
        var data = Context.Data.LoadFromEnumerable(rows);
        var view = Context.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
            .Append(Context.Transforms.Conversion.MapValueToKey(Key, nameof(FashionPicture.Label)))
            .Fit(data).Transform(data);
        return Open(
            title, measure, isUnlabelled, isUnlabelled, task, [.. FashionPictures.Resolutions], view,
            _ => [direction, length, each, summary, FeatureGroup.Union($"{parts}, both", each, summary)]);
    }

    private static FeatureSet Dense(int images, bool isFree)
    {
        // Scenes that the networks were not trained on, which are those of seed 1.
        var scenes = new SceneSet(seed: 2).Render(0, images / 2).Concat(new SceneSet(seed: 3).Render(0, images - (images / 2))).ToList();
        var definition = SchemaDefinition.Create(typeof(DepthPicture));
        definition[nameof(DepthPicture.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * DepthPicture.Height * DepthPicture.Width);
        definition[nameof(DepthPicture.Depth)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, DepthPicture.DepthHeight, DepthPicture.DepthWidth);
        var sizes = new[] { (24, 32), (48, 64), (72, 96), (96, 128), (144, 192) };
        return Open(
            isFree ? "Rendered scenes, without true depths" : "Rendered scenes, true depths",
            isFree ? "AbsRel to the largest resolution" : "AbsRel",
            true,
            false,
            isFree ? new DenseRegressionTask() : new DenseRegressionTask { TargetColumnName = nameof(DepthPicture.Depth) },
            [.. sizes.Select(s => new Resolution(ModelFile($"depth-{s.Item1}x{s.Item2}"), s.Item1, s.Item2))],
            Context.Data.LoadFromEnumerable(scenes, definition),
            task =>
            {
                var dense = (BoundDenseRegression)task;
                FeatureGroup Between(string name, Func<MapSummary, (int Start, int End)> of) => FeatureGroup.Between(name, model => of(dense.SummaryOf(model.FirstLook)));
                return
                [
                    Between("means of cells", s => (0, s.Cells)),
                    Between("roughness of cells", s => (s.Cells, 2 * s.Cells)),
                    // Of the whole map the mean and the deviation come first.
                    Between("mean and deviation of the map", s => (2 * s.Cells, (2 * s.Cells) + 2)),
                    Between("steps and roughness of the map", s => ((2 * s.Cells) + 2, s.Length)),
                    FeatureGroup.Between("embedding", model => (dense.SummaryOf(model.FirstLook).Length, model.FeatureCount)),
                ];
            });
    }

    private static FeatureSet Detection(int images)
    {
        var scenes = new GarmentSet(seed: 2, Garment.Read(FashionPictures.Fitting())).Render(0, images / 2)
            .Concat(new GarmentSet(seed: 3, Garment.Read(FashionPictures.Test())).Render(0, images - (images / 2)));
        var data = Context.Data.LoadFromEnumerable(scenes, GarmentScene.Columns());
        // The places are those of SceneFeatures.
        FeatureGroup At(string name, params int[] places) => new(name, _ => places);
        return Open(
            "Pictures of garments",
            "Image AP",
            false,
            false,
            new DetectionTask { LabelColumnName = Key, ClassNames = FashionPictures.ClassNames },
            [.. new[] { 24, 64, 96, 128, GarmentScene.Side }.Select(size => new Resolution(ModelFile($"det-{size}"), size) { OutputName = "detections" })],
            Context.Transforms.Conversion.MapValueToKey(Key, nameof(GarmentScene.Label)).Fit(data).Transform(data),
            _ =>
            [
                At("how much at each size", 0, 1, 2, 3),
                At("largest score at each size", 4, 5, 6, 7),
                At("doubt", 8),
                At("how much in all", 9),
                At("sizes", 10, 11),
                // Of the cheapest resolution alone.
                FeatureGroup.Between("embedding", model => (SceneFeatures.Count, model.FeatureCount)),
            ]);
    }

    private static FeatureSet Open(
        string title, string measure, bool isError, bool byLoss, RoutingTask task, IReadOnlyList<Resolution> resolutions, IDataView images, Func<BoundTask, IReadOnlyList<FeatureGroup>> groups)
    {
        Progress.Write($"{title}: scoring.");
        var scorers = new ScorerSet(resolutions, default, new ScoringOptions(), Progress.Write);
        var bound = task.Bind(images.Schema, scorers);
        var reader = new ObservationReader(
            scorers, bound, "Image", new FittingOptions(), scorers.WindowRows(promised: false), new RowFailures(RowFailureAction.Fail, Progress.Write), _ => { }, CancellationToken.None);
        return new FeatureSet(title, measure, isError, byLoss, bound, scorers, reader.Read(images), groups(bound));
    }

    private static string ModelFile(string name) => Path.Combine(AppContext.BaseDirectory, "models", $"{name}.onnx");
}
