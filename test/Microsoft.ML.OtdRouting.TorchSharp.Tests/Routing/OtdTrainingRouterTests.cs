using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.OtdRouting.Training.Tests.Routing;

/// <summary>From images with labels to a routed pipeline, in one fit.</summary>
public sealed class OtdTrainingRouterTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_pipeline_trains_routes_is_saved_and_answers_without_torch()
    {
        var options = Options();
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Key", "Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(_context.OtdRouting().Train(options, new OtdResolutionRouter.Options { Budget = ComputeBudget.FractionOfLargest(0.6) }))
            .Append(_context.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"));
        var pictures = _context.Data.LoadFromEnumerable(FashionPictures.Fitting(1200));
        using var model = pipeline.Fit(pictures);
        Assert.Equal(["net-14.onnx", "net-28.onnx"], Directory.EnumerateFiles(options.OutputFolder!, "*.onnx").Select(Path.GetFileName).Order());

        // Those who are not trained on are the fifth whose content says so, and the router has seen no others.
        var router = model.OfType<OtdRoutingTransformer>().Single();
        Assert.Equal(["14", "28"], _context.OtdRouting().Compare(model, pictures).Resolutions.Select(r => r.Name));
        Assert.InRange(router.HeldOutMetrics.Rows, 150, 350);

        var test = FashionPictures.Test(400);
        var answers = model.Transform(_context.Data.LoadFromEnumerable(test)).GetColumn<string>("Class").ToList();
        Assert.True(answers.Zip(test, (a, t) => a == t.Label).Count(right => right) > 0.6 * test.Count);

        _context.OtdRouting().Save(model, pictures.Schema, _folder.File("router.zip"));
        using var loaded = new MLContext(1).OtdRouting().Load(_folder.File("router.zip"), out _);
        Assert.Equal(answers, loaded.Transform(_context.Data.LoadFromEnumerable(test)).GetColumn<string>("Class"));
    }

    [Fact]
    public void What_does_not_go_together_is_refused_before_anything_is_trained()
    {
        var catalog = _context.OtdRouting();
        var resolved = new OtdResolutionRouter.Options();
        resolved.Resolutions.Add(new Resolution("a.onnx", 14));
        Assert.Contains("Resolutions has 1; it must be empty here", Assert.Throws<ArgumentException>(() => catalog.Train(Options(), resolved)).Message);

        var all = Options();
        all.HeldBackFraction = 0;
        Assert.Contains("HeldBackFraction is 0; it must be positive here", Assert.Throws<ArgumentOutOfRangeException>(() => catalog.Train(all)).Message);

        var single = Options();
        single.Sizes.RemoveAt(0);
        Assert.Contains("Resolutions has 1; routing needs at least two", Assert.Throws<ArgumentException>(() => catalog.Train(single)).Message);

        var drift = new OtdResolutionRouter.Options { DriftAlarmRate = 2 };
        Assert.Contains("DriftAlarmRate is 2", Assert.Throws<ArgumentOutOfRangeException>(() => catalog.Train(Options(), drift)).Message);
        Assert.False(Directory.Exists(Options().OutputFolder));
    }

    [Fact]
    public void The_schema_is_that_of_a_router()
    {
        var rows = _context.Transforms.CustomMapping<Nothing, Row>((_, _) => { }, null).GetOutputSchema(new SchemaShape([]));
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Key", "Label").Append(_context.OtdRouting().Train(Options()));
        var names = pipeline.GetOutputSchema(rows).Select(c => c.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "Route", "RouteScores", "Cost", "PredictedLabel", "Score" }, names);
    }

    private TrainingOptions Options() => new()
    {
        Sizes = { 14, 28 },
        Width = 8,
        ImageColumnName = "Path",
        LabelColumnName = "Key",
        HeldBackFraction = 0.2,
        Epochs = 4,
        BatchSize = 32,
        OutputFolder = _folder.File("models"),
        Name = "net",
        Threads = 1,
    };

    private sealed class Nothing;

    private sealed class Row
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
