using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Routers that come back whole.</summary>
public class LoadTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    public static TheoryData<string> Variants => ["plain", "explicit shares", "fixed by budget", "ceilings", "weights", "per window", "label-free", "no label column", "custom loss", "milliseconds"];

    [Fact]
    public void A_router_whose_models_are_gone_is_the_same_bit_for_bit()
    {
        using var folder = new ScratchFolder();
        var options = colours.OptionsWith(ColourModels.Write(folder.Path));
        using var router = colours.Fit(options).Router;
        var expected = RoutedValues.Read(router.Transform(colours.Test()));
        var file = Save(router, folder);
        foreach (var model in Directory.GetFiles(folder.Path, "*.onnx"))
        {
            File.Delete(model);
        }

        using var loaded = Load(file);
        RoutedValues.AssertSame(expected, RoutedValues.Read(Router(loaded).Transform(colours.Test())));
        // And it can be saved again, still without the files.
        using var again = Load(Save(loaded, folder, "again.zip"));
        RoutedValues.AssertSame(expected, RoutedValues.Read(Router(again).Transform(colours.Test())));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_kind_of_router_comes_back(string variant)
    {
        using var folder = new ScratchFolder();
        var (options, data) = Variant(variant);
        using var router = colours.Fit(options, data).Router;
        using var chain = Load(Save(router, folder));
        var loaded = Router(chain);
        RoutedValues.AssertSame(RoutedValues.Read(router.Transform(colours.Test())), RoutedValues.Read(loaded.Transform(colours.Test())));
        Assert.Equal(router.Budget, loaded.Budget);
        Assert.Equal(router.CostUnit, loaded.CostUnit);
        Assert.Equal(router.Enforcement, loaded.Enforcement);
        Assert.Equal(router.PlannedShares, loaded.PlannedShares);
        Assert.Equal(router.RoutePrices, loaded.RoutePrices);
        Assert.Equal(router.Routes.Select(r => (r.Name, r.Cost)), loaded.Routes.Select(r => (r.Name, r.Cost)));
        Assert.Equal(
            router.GetOutputSchema(colours.Test().Schema).Select(c => (c.Name, c.Type.ToString())),
            loaded.GetOutputSchema(colours.Test().Schema).Select(c => (c.Name, c.Type.ToString())));
    }

    [Fact]
    public void Every_option_comes_back()
    {
        using var folder = new ScratchFolder();
        var options = colours.Options();
        options.Prior = RoutingPrior.BudgetOnly(0.003);
        (options.Enforcement, options.Classification().Loss, options.Fitting.Seed) = (BudgetEnforcement.PerWindow, RoutingLoss.ExpectedError, 11);
        (options.Fitting.FoldCount, options.Fitting.MaxRouteSize, options.Fitting.PruneRoutes, options.ImageFit) = (4, 2, false, ImageFit.Stretch);
        (options.Fitting.ExampleWeightColumnName, options.OnRowFailure, options.DriftAlarmRate) = ("Weight", RowFailureAction.Fallback, 0.05);
        (options.Classification().PredictedLabelColumnName, options.RouteScoresColumnName, options.CostColumnName) = ("Answer", "Worth", "Price");
        options.Classification().Teacher = ClassificationTeacher.Column("Key");
        (options.Classification().ScoreColumnName, options.RouteColumnName) = ("Probability", "Way");
        options.Decoding = new ImageDecodingOptions { MaxPixels = 12_345, ApplyOrientation = false, ScaledDecoding = false, Folder = "photos" };
        options.Scoring = new ScoringOptions { BatchSize = 5, WindowSize = 40, IntraOpNumThreads = 1, ConcurrentRuns = 2, FallbackToCpu = true };
        using var router = colours.Fit(options, Weighted()).Router;
        using var chain = Load(Save(router, folder));
        Assert.Equal(Describe(router), Describe(Router(chain)));
        // Whoever adds an option without saving it is told here: all of them were changed above, but for these (a background needs other models, a promise no budget; it is
        // read again among the tests of promises).
        List<string> same = [];
        var fresh = new OtdResolutionRouter.Options();
        foreach (var (changed, other) in new (object, object)[]
        {
            (options, fresh), (options.Fitting, fresh.Fitting), (options.Scoring, fresh.Scoring), (options.Decoding, fresh.Decoding), (options.Task, fresh.Task),
        })
        {
            same.AddRange(changed.GetType().GetProperties().Where(p => Text(p.GetValue(changed)) == Text(p.GetValue(other))).Select(p => p.Name));
        }

        Assert.Equal(["ImageColumnName", "Quality", "CancellationToken", "GpuDeviceId", "ConfigureSession", "Name", "MatchClasses", "Background"], same);
    }

    [Theory]
    [InlineData(0.35)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public void Another_budget_gives_the_same_router_before_and_after(double fraction)
    {
        using var folder = new ScratchFolder();
        using var chain = Load(Save(colours.Router, folder));
        using var expected = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(fraction));
        using var loaded = Router(chain).WithBudget(ComputeBudget.FractionOfLargest(fraction));
        Assert.Equal(expected.RoutePrices, loaded.RoutePrices);
        RoutedValues.AssertSame(RoutedValues.Read(expected.Transform(colours.Test())), RoutedValues.Read(loaded.Transform(colours.Test())));
    }

    [Fact]
    public void A_retargeted_router_comes_back_at_its_budget()
    {
        using var folder = new ScratchFolder();
        using var retargeted = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        using var chain = Load(Save(retargeted, folder));
        RoutedValues.AssertSame(RoutedValues.Read(retargeted.Transform(colours.Test())), RoutedValues.Read(Router(chain).Transform(colours.Test())));
        using var back = Router(chain).WithBudget(ComputeBudget.FractionOfLargest(0.6));
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test())), RoutedValues.Read(back.Transform(colours.Test())));
    }

    [Fact]
    public void Comparison_with_all_baselines_is_the_same()
    {
        using var folder = new ScratchFolder();
        using var chain = Load(Save(colours.Router, folder));
        var expected = colours.Context.OtdRouting().Compare(colours.Router, colours.Test());
        var found = colours.Context.OtdRouting().Compare(chain, colours.Test());
        Assert.Equal(Figures(expected), Figures(found));
    }

    [Fact]
    public void The_exported_graph_is_the_same_byte_for_byte()
    {
        using var folder = new ScratchFolder();
        using var chain = Load(Save(colours.Router, folder));
        Assert.Equal(Export(colours.Router), Export(Router(chain)));
    }

    [Fact]
    public void A_chain_keeps_its_other_steps_and_their_order()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        var second = colours.Options();
        (second.Classification().ScoreColumnName, second.Classification().PredictedLabelColumnName, second.RouteColumnName) = ("Score2", "PredictedLabel2", "Route2");
        (second.RouteScoresColumnName, second.CostColumnName) = ("RouteScores2", "Cost2");
        second.Budget = ComputeBudget.FractionOfLargest(0.4);
        using var chain = ml.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(ml.OtdRouting().Route(colours.Options()))
            .Append(ml.Transforms.CopyColumns("Kept", "Score"))
            .Append(ml.OtdRouting().Route(second))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"))
            .Fit(colours.Fitting);
        ml.OtdRouting().Save(chain, colours.Fitting.Schema, folder.File("model.zip"));
        var rows = colours.Load(ColourPictures.Rows(50, seed: 3));
        using var loaded = Load(folder.File("model.zip"));
        Assert.Equal(2, loaded.OfType<OtdRoutingTransformer>().Count());
        var (expected, found) = (chain.Transform(rows), loaded.Transform(rows));
        RoutedValues.AssertSame(RoutedValues.Read(expected), RoutedValues.Read(found));
        Assert.Equal(Text(expected, "PredictedText"), Text(found, "PredictedText"));
        Assert.Equal(expected.GetColumn<float[]>("Score2"), found.GetColumn<float[]>("Score2"));
        Assert.Equal(expected.GetColumn<float[]>("Kept"), found.GetColumn<float[]>("Kept"));
    }

    [Fact]
    public void A_chain_in_a_chain_and_scopes_are_restored()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        var keys = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting);
        var inner = new TransformerChain<ITransformer>([keys, colours.Router], [TransformerScope.Training, TransformerScope.Everything]);
        var copy = ml.Transforms.CopyColumns("Kept", "Score").Fit(inner.Transform(colours.Fitting));
        var chain = new TransformerChain<ITransformer>([inner, copy], [TransformerScope.Everything, TransformerScope.Testing]);
        ml.OtdRouting().Save(chain, colours.Fitting.Schema, folder.File("model.zip"));
        using var loaded = Load(folder.File("model.zip"));
        var scoring = loaded.GetModelFor(TransformerScope.Scoring);
        var restored = (TransformerChain<ITransformer>)scoring.Single();
        Assert.IsType<OtdRoutingTransformer>(restored.Last());
        Assert.Single(restored.GetModelFor(TransformerScope.Scoring));
        Assert.Equal(2, loaded.Count());
    }

    [Fact]
    public void Scoring_options_of_the_loading_machine_win()
    {
        using var folder = new ScratchFolder();
        var file = Save(colours.Router, folder);
        using var chain = colours.Context.OtdRouting().Load(file, out _, new ScoringOptions { WindowSize = 7, BatchSize = 3, IntraOpNumThreads = 1 });
        RoutedValues.AssertSame(
            RoutedValues.Read(colours.Router.Transform(colours.Test())), RoutedValues.Read(Router(chain).Transform(colours.Test())));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => colours.Context.OtdRouting().Load(file, out _, new ScoringOptions { WindowSize = 0 }));
        Assert.Contains("WindowSize", error.Message);
    }

    [Fact]
    public void Loading_leaves_the_onnx_options_of_the_context_alone()
    {
        using var folder = new ScratchFolder();
        var file = Save(colours.Router, folder);
        var ml = new MLContext();
        Parallel.For(0, 8, _ => ml.OtdRouting().Load(file, out DataViewSchema _).Dispose());
        Assert.Null(ml.GetOnnxSessionOption());
        var made = 0;
        var own = new OnnxSessionOptions
        {
            CreateSessionOptions = () =>
            {
                made++;
                return new SessionOptions();
            },
        };
        ml.SetOnnxSessionOption(own);
        ml.OtdRouting().Load(file, out DataViewSchema _).Dispose();
        Assert.Same(own, ml.GetOnnxSessionOption());
        Assert.Equal(1, made);
    }

    [Fact]
    public void A_stream_is_as_good_as_a_file()
    {
        using var stream = new MemoryStream();
        colours.Context.Model.Save(colours.Router, colours.Test().Schema, stream);
        stream.Position = 0;
        using var loaded = colours.Context.OtdRouting().Load(stream, out var schema);
        Assert.Equal(colours.Test().Schema.Select(c => c.Name), schema.Select(c => c.Name));
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test())), RoutedValues.Read(Router(loaded).Transform(colours.Test())));
    }

    [Fact]
    public void Another_version_of_the_format_is_named_whatever_its_steps_are()
    {
        using var folder = new ScratchFolder();
        var file = Save(colours.Router, folder);
        using (var archive = System.IO.Compression.ZipFile.Open(file, System.IO.Compression.ZipArchiveMode.Update))
        {
            var entry = archive.Entries.Single(e => e.Name == "OnnxModel");
            ModelProto graph;
            using (var reader = new BinaryReader(entry.Open()))
            {
                graph = ModelProto.Parser.ParseFrom(reader.ReadBytes(reader.ReadInt32()));
            }

            var saved = RouterMetadata.Find(graph)!;
            saved.Version = 1;
            // Without a digest, as older versions are.
            foreach (var property in graph.MetadataProps.Where(p => p.Key.EndsWith(".router", StringComparison.Ordinal) || p.Key.EndsWith(".digest", StringComparison.Ordinal)).ToList())
            {
                graph.MetadataProps.Remove(property);
            }

            RouterMetadata.Attach(graph, saved);
            // One key more than the chain has steps for.
            var key = graph.Graph.Output.First(o => o.Name.StartsWith("OtdRouting.Key.", StringComparison.Ordinal));
            var node = new NodeProto { OpType = "Identity", Input = { key.Name }, Output = { "OtdRouting.Key.More" } };
            graph.Graph.Node.Add(node);
            graph.Graph.Output.Add(new ValueInfoProto(key) { Name = "OtdRouting.Key.More" });
            using var writer = new BinaryWriter(entry.Open());
            writer.BaseStream.SetLength(0);
            writer.Write(graph.CalculateSize());
            writer.Write(Google.Protobuf.MessageExtensions.ToByteArray(graph));
        }

        var error = Assert.Throws<InvalidDataException>(() => colours.Context.OtdRouting().Load(file, out _));
        Assert.Contains("version 1 of the format", error.Message);
    }

    [Fact]
    public void What_is_no_saved_router_is_named()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("text.zip"), "not a zip");
        Assert.Contains("text.zip", Assert.Throws<InvalidDataException>(() => ml.OtdRouting().Load(folder.File("text.zip"), out _)).Message);
        ml.Model.Save(ml.Transforms.CopyColumns("A", "Label").Fit(colours.Fitting), colours.Fitting.Schema, folder.File("other.zip"));
        Assert.Contains("no router", Assert.Throws<InvalidDataException>(() => ml.OtdRouting().Load(folder.File("other.zip"), out _)).Message);
        Assert.Throws<FileNotFoundException>(() => ml.OtdRouting().Load(folder.File("absent.zip"), out _));
        var whole = File.ReadAllBytes(Save(colours.Router, folder));
        File.WriteAllBytes(folder.File("half.zip"), whole[..(whole.Length / 2)]);
        Assert.Contains("half.zip", Assert.Throws<InvalidDataException>(() => ml.OtdRouting().Load(folder.File("half.zip"), out _)).Message);
    }

    private (OtdResolutionRouter.Options Options, IDataView? Data) Variant(string name)
    {
        var options = colours.Options();
        IDataView? data = null;
        switch (name)
        {
            case "plain":
                break;
            case "explicit shares":
                options.Prior = RoutingPrior.Explicit([0.4, 0.3, 0.2, 0.1]);
                break;
            case "fixed by budget":
                options.Prior = RoutingPrior.Budget();
                options.Budget = ComputeBudget.Flops(colours.Router.Budget);
                break;
            case "ceilings":
                options.Prior = RoutingPrior.BudgetOnly(0.01, [0.9, 0.8, 0.7, 0.9]);
                break;
            case "weights":
                options.Fitting.ExampleWeightColumnName = "Weight";
                data = Weighted();
                break;
            case "per window":
                (options.Enforcement, options.Scoring.WindowSize) = (BudgetEnforcement.PerWindow, 50);
                break;
            case "label-free":
                options.Classification().Teacher = ClassificationTeacher.Weighted;
                break;
            case "no label column":
                options.Classification().Teacher = ClassificationTeacher.Largest;
                options.Classification().LabelColumnName = "Absent";
                break;
            case "custom loss":
                options.Classification().Loss = RoutingLoss.Custom("half", (probabilities, label, _) => (1 - probabilities[label]) / 2);
                break;
            case "milliseconds":
                // Times that have been measured before: a measurement of now would decide whether the budget can be met.
                options = colours.OptionsWith([.. colours.Resolutions.Select((r, i) =>
                    new Resolution(r.ModelFile, r.Height) { Preprocessing = r.Preprocessing, Milliseconds = i + 1 })]);
                options.Budget = ComputeBudget.Milliseconds(2.5);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, null);
        }

        return (options, data);
    }

    private IDataView Weighted()
    {
        var rows = ColourPictures.Rows(ColourRouter.FittingRows, seed: 1);
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Weight = 1 + (i % 3);
        }

        return colours.Load(rows);
    }

    private string Save(ITransformer model, ScratchFolder folder, string name = "model.zip")
    {
        colours.Context.OtdRouting().Save(model, colours.Test().Schema, folder.File(name));
        return folder.File(name);
    }

    private TransformerChain<ITransformer> Load(string file) => colours.Context.OtdRouting().Load(file, out _);

    private static OtdRoutingTransformer Router(TransformerChain<ITransformer> chain) => chain.OfType<OtdRoutingTransformer>().Single();

    /// <summary>All options of a router, a line each.</summary>
    private static List<string> Describe(OtdRoutingTransformer router)
    {
        var options = typeof(OtdRoutingTransformer).GetField("_options", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(router)!;
        return options.GetType().GetProperties().Where(p => p.Name != "CancellationToken").Select(p => $"{p.Name}: {Text(p.GetValue(options))}").ToList();
    }

    private static string Text(object? value) => value switch
    {
        RoutingPrior p => $"{p.ToForm().Kind} {p.ToForm().Floor} {string.Join(' ', p.ToForm().Numbers ?? [])}",
        ScoringOptions or FittingOptions or ImageDecodingOptions or ClassificationTask => string.Join(' ', value.GetType().GetProperties().Select(p => $"{p.Name}={Text(p.GetValue(value))}")),
        IEnumerable<Resolution> r => string.Join(' ', r.Select(x => $"{x.Name} {x.Height} {x.Width} {Path.GetFileName(x.ModelFile)}")),
        IEnumerable<string> s => string.Join(' ', s),
        _ => $"{value}",
    };

    private static byte[] Export(OtdRoutingTransformer router)
    {
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream);
        return stream.ToArray();
    }

    private static List<string> Text(IDataView view, string column) =>
        view.GetColumn<ReadOnlyMemory<char>>(column).Select(t => t.ToString()).ToList();

    private static string Figures(OtdRoutingComparison comparison) => string.Join('\n',
    [
        $"{comparison.Metrics.Quality:R} {comparison.Metrics.MeanCost:R} {comparison.Metrics["log-loss"]:R} {comparison.Regret:R} {comparison.MongeGap:R}",
        .. comparison.Resolutions.Select(r => $"{r}"), .. comparison.Routes.Select(r => $"{r}"),
        $"{comparison.StaticMix}", $"{comparison.LargestCalibrated}", $"{comparison.Cascade}", $"{comparison.CalibratedCascade}", $"{comparison.Oracle}", $"{comparison.CostPenalty}",
    ]);
}
