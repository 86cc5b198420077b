using System.Numerics.Tensors;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;

/// <summary>Embeddings of real pictures, the whole way.</summary>
public sealed class EmbeddingTaskTests(EmbeddingRouter routers) : IClassFixture<EmbeddingRouter>
{
    [Fact]
    public void Embeddings_have_the_length_of_the_largest_resolutions_and_the_length_one()
    {
        foreach (var router in new[] { routers.ByLabel, routers.ByCosine })
        {
            var embeddings = EmbeddingRouter.Embeddings(router.Transform(routers.Queries));
            Assert.All(embeddings, e => Assert.Equal(128, e.Length));
            Assert.All(embeddings, e => Assert.Equal(1, TensorPrimitives.Norm<float>(e), 1e-5f));
        }
    }

    [Fact]
    public void Without_labels_the_largest_resolution_loses_nothing_and_agrees_with_itself()
    {
        var compared = routers.Context.OtdRouting().Compare(routers.ByCosine, routers.Queries);
        Assert.Equal("agreement at 1", compared.Metrics.QualityName);
        Assert.Equal(1, compared.Resolutions[^1].Quality);
        Assert.True(compared.Resolutions[0].Quality < 0.9);
        Assert.InRange(compared.Metrics.Quality, compared.Resolutions[0].Quality - 0.05, 1);
        using var largest = routers.ByCosine.WithBudget(ComputeBudget.FractionOfLargest(1));
        Assert.All(routers.Context.OtdRouting().Compare(largest, routers.Queries).Metrics.Measures, m => Assert.InRange(m.Value, 0, 1));
    }

    [Fact]
    public void A_gallery_is_what_queries_are_searched_in()
    {
        var ml = routers.Context;
        var alone = ml.OtdRouting().Compare(routers.ByLabel, routers.Queries);
        // The gallery counts its keys in another order: labels are matched by their texts.
        var gallery = routers.Load(FashionPictures.Fitting(400).Reverse().ToList());
        var beside = ml.OtdRouting().Compare(routers.ByLabel, routers.Queries, gallery);
        Assert.Equal("recall at 1", beside.Metrics.QualityName);
        Assert.InRange(beside.Resolutions[^1].Quality, 0.75, 0.95);
        Assert.InRange(beside.Metrics["recall at 5"], beside.Metrics.Quality, beside.Metrics["recall at 10"]);
        Assert.InRange(beside.Metrics["mean average precision"], 0.5, 1);
        Assert.NotEqual(alone.Resolutions[^1].Quality, beside.Resolutions[^1].Quality);

        // The same by the columns alone: the router's queries in a gallery that the largest model has embedded.
        var scored = routers.ByLabel.Transform(routers.Queries);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(FashionPictures.ModelFile(28));
        var embedded = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(400).Select((p, i) => new EmbeddedRow { Label = p.Label, Embedding = Raw(session, p) }).ToList(), Embedded(128));
        var keyed = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(embedded).Transform(embedded);
        var measures = ml.OtdRouting().EvaluateRetrieval(scored, keyed, EmbeddingRouter.Labelled);
        Assert.Equal("recall at 1", measures[0].Name);
        Assert.All(measures, m => Assert.Equal(beside.Metrics[m.Name], m.Value, 0.0051));
        var symmetric = ml.OtdRouting().Evaluate(scored, EmbeddingRouter.Labelled);
        Assert.Equal("symmetric recall at 1", symmetric.QualityName);
        Assert.InRange(symmetric.Quality, 0.6, 0.95);
    }

    [Fact]
    public void What_is_found_and_the_measures_of_each_route_are_those_that_the_router_is_measured_by()
    {
        var labels = FashionPictures.Test(200).Select(p => p.Label).ToArray();
        var compared = routers.Context.OtdRouting().Compare(routers.ByLabel, routers.Queries);
        var found = Enumerable.Range(0, 200).Select(row => compared.Found!.By(row)).ToArray();
        Assert.All(found.Index(), f => Assert.Equal(5, f.Item.Distinct().Count(image => image != f.Index && image is >= 0 and < 200)));
        Assert.Equal(compared.Metrics.Quality, found.Index().Average(f => labels[f.Item[0]] == labels[f.Index] ? 1.0 : 0), 1e-9);
        Assert.Equal(compared.Metrics["recall at 5"], found.Index().Average(f => f.Item.Any(image => labels[image] == labels[f.Index]) ? 1.0 : 0), 1e-9);
        // All measures are means over the queries, each of which is searched for among all others.
        Assert.All(compared.Metrics.Measures.Index(), m => Assert.Equal(
            m.Item.Value,
            compared.RouteMeasures.Zip(compared.Metrics.RouteShares).Where(r => r.Second > 0).Sum(r => r.Second * r.First[m.Index].Value),
            1e-6));
        Assert.Null(routers.Context.OtdRouting().Compare(routers.ByCosine, routers.Queries).RouteMeasures.FirstOrDefault(m => m[0].Name != "agreement at 1"));
    }

    [Fact]
    public void A_task_that_searches_nothing_takes_no_gallery()
    {
        var options = routers.Options(new EmbeddingTask());
        options.Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames };
        using var router = routers.Context.OtdRouting().Route(options).Fit(routers.Fitting);
        Assert.Contains("gallery", Assert.Throws<ArgumentException>(() => routers.Context.OtdRouting().Compare(router, routers.Queries, routers.Fitting)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Saved_loaded_and_as_one_graph_embeddings_stay_the_same(bool isLabelled)
    {
        var ml = routers.Context;
        var router = isLabelled ? routers.ByLabel : routers.ByCosine;
        using var folder = new ScratchFolder();
        var expected = EmbeddingRouter.Embeddings(router.Transform(routers.Queries));
        ml.OtdRouting().Save(router, routers.Queries.Schema, folder.File("model.zip"));
        using var loaded = ml.OtdRouting().Load(folder.File("model.zip"), out _);
        Assert.Equal(expected, EmbeddingRouter.Embeddings(loaded.Transform(routers.Queries)));
        var again = loaded.OfType<OtdRoutingTransformer>().Single();
        Assert.Equal(
            ml.OtdRouting().Compare(router, routers.Queries, routers.Fitting).Metrics.Measures.Select(m => m.Value),
            ml.OtdRouting().Compare(again, routers.Queries, routers.Fitting).Metrics.Measures.Select(m => m.Value));

        // Without this library: the graph alone.
        var plain = PlainModel.Load(ml, folder.File("model.zip"), out _).Transform(routers.Queries);
        Assert.All(expected.Zip(EmbeddingRouter.Embeddings(plain)), p => Assert.All(p.First.Zip(p.Second), v => Assert.Equal(v.First, v.Second, 1e-4f)));
    }

    [Fact]
    public void A_prediction_engine_embeds_as_a_view_does()
    {
        var pictures = FashionPictures.Test(20);
        var expected = EmbeddingRouter.Embeddings(routers.ByCosine.Transform(routers.Load(pictures)));
        var chain = routers.Context.Transforms.LoadImages("Image", null, "Path").Fit(routers.Context.Data.LoadFromEnumerable(pictures)).Append(routers.ByCosine);
        using var engine = routers.Context.Model.CreatePredictionEngine<FashionPicture, Prediction>(chain, new PredictionEngineOptions { OwnsTransformer = false });
        Assert.All(pictures.Zip(expected), p => Assert.All(engine.Predict(p.First).Embedding.Zip(p.Second), v => Assert.Equal(v.Second, v.First, 1e-5f)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        using var again = routers.Fit(EmbeddingRouter.Labelled);
        Assert.Equal(routers.ByLabel.RoutePrices, again.RoutePrices);
        Assert.Equal(EmbeddingRouter.Embeddings(routers.ByLabel.Transform(routers.Queries)), EmbeddingRouter.Embeddings(again.Transform(routers.Queries)));
    }

    [Fact]
    public void Without_unit_length_the_largest_resolution_comes_out_as_its_model_gives_it()
    {
        var options = routers.Options(new EmbeddingTask { UnitLength = false });
        options.Budget = ComputeBudget.FractionOfLargest(1);
        using var router = routers.Context.OtdRouting().Route(options).Fit(routers.Fitting);
        var pictures = FashionPictures.Test(40);
        var scored = router.Transform(routers.Load(pictures));
        var routes = scored.GetColumn<uint>("Route").ToArray();
        var embeddings = EmbeddingRouter.Embeddings(scored);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(FashionPictures.ModelFile(28));
        var largest = Enumerable.Range(0, pictures.Count).Where(i => router.Routes[(int)routes[i] - 1].Name == "28").ToArray();
        Assert.NotEmpty(largest);
        Assert.All(largest, i => Assert.All(Raw(session, pictures[i]).Zip(embeddings[i]), v => Assert.Equal(v.First, v.Second, 1e-3f)));
    }

    [Fact]
    public void Options_are_checked_at_the_door()
    {
        void Refuses(Action<EmbeddingTask> change, string word)
        {
            var task = new EmbeddingTask();
            change(task);
            Assert.Contains(word, Assert.ThrowsAny<ArgumentException>(() => routers.Fit(task)).Message);
        }

        Refuses(t => t.EmbeddingColumnName = " ", nameof(EmbeddingTask.EmbeddingColumnName));
        Refuses(t => t.LabelColumnName = "", nameof(EmbeddingTask.LabelColumnName));
        Refuses(t => t.Loss = EmbeddingLoss.RetrievedLabel, nameof(EmbeddingTask.LabelColumnName));
        Refuses(t => t.Loss = (EmbeddingLoss)9, "9");
        Refuses(t => t.LabelColumnName = "Path", "Path");
        Refuses(t => t.LabelColumnName = "Nothing", "Nothing");
    }

    public static TheoryData<string> Damages => [.. Cases.Keys];

    private static readonly Dictionary<string, Action<SavedEmbeddingTask, SavedEmbeddingModel>> Cases = new()
    {
        ["version"] = (t, _) => t.Version = 7,
        ["loss"] = (t, _) => t.Loss = 9,
        ["loss of labels without labels"] = (t, _) => t.LabelColumn = "",
        ["no column"] = (t, _) => t.EmbeddingColumn = "",
        ["a map too few"] = (t, _) => t.Maps.RemoveAt(0),
        ["a map fitted to labels too many"] = (t, _) => t.Tuned.Add(new SavedSpaceMap()),
        ["a map fitted to labels that is not finite"] = (t, _) => t.Tuned[2] = new SavedSpaceMap { Matrix = { new float[128 * 128] }, Offset = { Enumerable.Repeat(float.NaN, 128) } },
        ["a map cut short"] = (t, _) => t.Maps[0].Matrix.RemoveAt(0),
        ["a map without an offset"] = (t, _) => t.Maps[0].Offset.Clear(),
        ["a map that is not finite"] = (t, _) => t.Maps[0].Matrix[5] = float.NaN,
        ["weights of other routes"] = (_, m) => m.Weights.RemoveAt(0),
        ["weights of other members"] = (_, m) => m.Weights[0].OfMembers.Add(1),
        ["a weight that is not finite"] = (_, m) => m.Weights[0].OfMembers[0] = float.PositiveInfinity,
        ["no anchors"] = (_, m) => m.Anchors.Groups.Clear(),
        ["anchors cut short"] = (_, m) => m.Anchors.Directions.RemoveAt(0),
        ["blunt anchors"] = (_, m) => m.Anchors.Sharpness = 0,
        ["a group of nobody"] = (_, m) => m.Anchors.Groups[0] = int.MaxValue,
        ["a fold of nobody"] = (_, m) =>
        {
            m.Anchors.FoldCount = 2;
            m.Anchors.Folds.Clear();
            m.Anchors.Folds.AddRange(m.Anchors.Groups.Select(_ => 5));
        },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damaged_messages_are_refused_by_one_error(string name)
    {
        using var scorers = new ScorerSet(
            [.. routers.Options(EmbeddingRouter.Labelled).Resolutions], ImageFit.Stretch, new ScoringOptions { IntraOpNumThreads = 1 }, _ => { });
        var bare = new BoundEmbedding(EmbeddingRouter.Labelled, BoundEmbedding.OutputsOf(scorers), null);
        var rows = new Observations(bare, 3, 5, hasWeights: false);
        var random = new Random(1);
        for (var row = 0; row < 60; row++)
        {
            rows.AddRow(new RowPlace(row % 5, row), 1)[0] = row % 3;
            var truth = Enumerable.Range(0, 128).Select(i => (float)(random.NextDouble() + (i % 3 == row % 3 ? 0.2 : 0))).ToArray();
            for (var resolution = 0; resolution < 3; resolution++)
            {
                rows.AddKept(resolution, [.. truth.Skip(3 - resolution), .. truth.Take(3 - resolution)]);
            }
        }

        var bound = (BoundEmbedding)bare.Settle(rows, _ => { }, default);
        var model = (EmbeddingModel)bound.Fit(rows, 0, RouteEnumeration.Enumerate(["a", "b", "c"], [1, 2, 3], 0, 3), default).Model;
        var (task, saved) = (SavedEmbeddingTask.Of(bound), SavedEmbeddingModel.Of(model));
        Load(task, saved);
        Cases[name](task, saved);
        Assert.Throws<InvalidDataException>(() => Load(task, saved));

        void Load(SavedEmbeddingTask t, SavedEmbeddingModel m) =>
            ((BoundEmbedding)SavedEmbeddingTask.Load(t.ToByteString(), scorers)).Load(m.ToByteString(), model.FirstLook, model.Routes);
    }

    private static SchemaDefinition Embedded(int length)
    {
        var definition = SchemaDefinition.Create(typeof(EmbeddedRow));
        definition["Embedding"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, length);
        return definition;
    }

    /// <summary>What the largest model says of a picture of its own size, which nothing resizes.</summary>
    private static float[] Raw(Microsoft.ML.OnnxRuntime.InferenceSession session, FashionPicture picture)
    {
        using var image = MLImage.CreateFromFile(picture.Path);
        var (plane, bytes) = (28 * 28, image.BitsPerPixel / 8);
        var pixels = new float[3 * plane];
        for (var i = 0; i < plane; i++)
        {
            // Grey: the order of the channels does not matter.
            for (var c = 0; c < 3; c++)
            {
                pixels[(c * plane) + i] = image.Pixels[(i * bytes) + c];
            }
        }

        using var input = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, 28, 28]);
        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        using var outputs = session.Run(options, ["image"], [input], ["embedding"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private sealed class EmbeddedRow
    {
        public string Label { get; set; } = "";

        public float[] Embedding { get; set; } = [];
    }

    private sealed class Prediction
    {
        public float[] Embedding { get; set; } = [];
    }
}
