using Google.Protobuf;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Adaptation;
using Microsoft.ML.OtdRouting.Training.Routing;
using Microsoft.ML.OtdRouting.Training.Tests.Graphs;

namespace Microsoft.ML.OtdRouting.Training.Tests.Adaptation;

/// <summary>The shipped model of 28 pixels, adapted to smaller sizes on the shipped pictures.</summary>
public sealed class AdaptationTests : IDisposable
{
    private const int Pictures = 800;

    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);
    private readonly List<string> _messages = [];

    public AdaptationTests() => _context.Log += (_, message) => _messages.Add(message.RawMessage);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Adaptation_brings_the_answers_at_small_sizes_nearer_to_those_at_the_largest()
    {
        var result = Adapt(Options(14, 20));
        Assert.Equal(["14", "20", "28"], result.Resolutions.Select(r => r.Name));
        Assert.Equal(Pictures, result.TrainingImages + result.HeldBackImages);
        Assert.InRange(result.HeldBackImages, Pictures / 20, Pictures / 5);
        foreach (var size in result.Sizes)
        {
            Assert.True(size.IsAdapted, size.Resolution.Name);
            Assert.True(size.After.Loss < 0.8 * size.Before.Loss, $"{size.Resolution.Name}: {size.Before} -> {size.After}");
            Assert.True(size.After.Agreement >= size.Before.Agreement + (size.Resolution.Height == 14 ? 0.05 : 0));
            Assert.Contains(_messages, m => m.StartsWith($"{size.Resolution.Name}: agreement with 28 on {result.HeldBackImages} images kept back", StringComparison.Ordinal));
        }

        // By the labels, which nothing has seen, on pictures of another file; scored by ONNX Runtime.
        var test = FashionPictures.Test(1000);
        var before = Accuracy(new Resolution(FileAsItIs(14), 14), test);
        var after = Accuracy(result.Sizes[0].Resolution, test);
        Assert.True(after > before + 0.03, $"{before} -> {after}");
    }

    [Fact]
    public void What_is_reported_is_what_the_runtime_finds_in_the_file()
    {
        var options = Options(14);
        var result = Adapt(options);
        var (images, _) = Read(FashionPictures.Fitting(Pictures));
        var heldBack = images.Where(i => HeldBackRows.Contain(i, 0.1)).ToList();
        Assert.Equal(result.HeldBackImages, heldBack.Count);
        var teacher = Classes(Answers(options.Model!, heldBack));
        var student = Classes(Answers(result.Sizes[0].Resolution, heldBack));
        var agreement = (double)teacher.Zip(student, (t, s) => t == s).Count(same => same) / heldBack.Count;
        // Images are trained on in half precision: one that is between two classes may fall to the other.
        Assert.Equal(result.Sizes[0].After.Agreement, agreement, 1.5 / heldBack.Count);
    }

    [Fact]
    public void The_files_are_the_model_s_nodes_at_another_size()
    {
        var model = OnnxModelFile.Read(FashionPictures.ModelFile(28));
        var options = Options(14);
        options.Epochs = 1;
        var file = Adapt(options).Resolutions[0].ModelFile;
        var adapted = OnnxModelFile.Read(file);
        Assert.Equal("fashion-resnet8-28-14.onnx", Path.GetFileName(file));
        Assert.Equal(model.Graph.Node.Select(n => (n.OpType, n.Name)), adapted.Graph.Node.Select(n => (n.OpType, n.Name)));
        Assert.Equal([14, 14], adapted.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(2).Select(d => d.DimValue));
        var changed = model.Graph.Initializer.Zip(adapted.Graph.Initializer).Where(t => GraphWriter.ContentKey(t.First) != GraphWriter.ContentKey(t.Second)).ToList();
        // Nine convolutions and the last layer, weight and bias each; mean and deviation stay.
        Assert.Equal(20, changed.Count);
        Assert.Equal(model.Graph.Initializer.Select(t => t.Name), adapted.Graph.Initializer.Select(t => t.Name));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        var files = new[] { "a", "b" }.Select(name =>
        {
            var options = Options(10);
            (options.Epochs, options.OutputFolder) = (2, _folder.File(name));
            return File.ReadAllBytes(Adapt(options).Resolutions[0].ModelFile);
        }).ToList();
        Assert.Equal(files[0], files[1]);
    }

    [Fact]
    public void A_size_that_training_would_make_worse_stays_as_it_was()
    {
        var options = Options(20);
        (options.LearningRate, options.WeightLearningRate, options.WarmUpSteps, options.Epochs) = (50, 50, 0, 1);
        var size = Assert.Single(Adapt(options).Sizes);
        Assert.False(size.IsAdapted);
        var line = Assert.Single(_messages, m => m.Contains("stays as it was", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line);
        var (model, written) = (OnnxModelFile.Read(FashionPictures.ModelFile(28)), OnnxModelFile.Read(size.Resolution.ModelFile));
        Assert.Equal(model.Graph.Initializer, written.Graph.Initializer);
        Assert.Equal(20, written.Graph.Input[0].Type.TensorType.Shape.Dim[2].DimValue);
    }

    [Theory]
    [InlineData(AdaptedLayers.LastLayer, 2)]
    [InlineData(AdaptedLayers.All, 20)]
    public void Other_layers_are_trained_where_that_is_asked_for(AdaptedLayers layers, int changed)
    {
        var options = Options(14);
        (options.Layers, options.Epochs) = (layers, 3);
        var size = Assert.Single(Adapt(options).Sizes);
        Assert.True(size.IsAdapted);
        var (model, written) = (OnnxModelFile.Read(FashionPictures.ModelFile(28)), OnnxModelFile.Read(size.Resolution.ModelFile));
        Assert.Equal(changed, model.Graph.Initializer.Zip(written.Graph.Initializer).Count(t => GraphWriter.ContentKey(t.First) != GraphWriter.ContentKey(t.Second)));
    }

    [Fact]
    public void Models_as_they_are_published_are_adapted_in_their_own_form()
    {
        // Interleaved pixels from -1 to 1, blue first, and probabilities.
        var model = OnnxModelFile.Read(FashionPictures.ModelFile(28));
        var nodes = model.Graph.Node.ToList();
        model.Graph.Node.Clear();
        model.Graph.Node.Add(Node("Transpose", ["pixels"], "planes", GraphWriter.Integers("perm", 0, 3, 1, 2)));
        model.Graph.Node.Add(Node("Mul", ["planes", "half"], "scaled"));
        model.Graph.Node.Add(Node("Add", ["scaled", "half"], "image"));
        model.Graph.Node.AddRange(nodes);
        model.Graph.Node.Add(Node("Softmax", ["logits"], "probabilities", GraphWriter.Integer("axis", 1)));
        model.Graph.Initializer.Add(new TensorProto { Name = "half", DataType = (int)TensorProto.Types.DataType.Float, FloatData = { 127.5f } });
        model.Graph.Input.Clear();
        model.Graph.Input.Add(GraphDraft.Value("pixels", ["batch", 28, 28, 3]));
        model.Graph.Output.Clear();
        model.Graph.Output.Add(GraphDraft.Value("probabilities", ["batch", 10]));
        File.WriteAllBytes(_folder.File("published.onnx"), model.ToByteArray());
        var options = Options(14);
        options.Model = new Resolution(_folder.File("published.onnx"), 28)
        {
            Preprocessing = new ImagePreprocessing { Mean = [127.5f, 127.5f, 127.5f], StandardDeviation = [127.5f, 127.5f, 127.5f], Layout = PixelLayout.Interleaved, ChannelOrder = ChannelOrder.Bgr },
            OutputKind = ModelOutputKind.Probabilities,
        };
        var published = Assert.Single(Adapt(options).Sizes);
        var plain = Assert.Single(Adapt(Options(14)).Sizes);
        Assert.Equal(plain.Before.Loss, published.Before.Loss, 1e-3);
        Assert.Equal(plain.Before.Agreement, published.Before.Agreement, 0.02);
        Assert.InRange(published.After.Loss / plain.After.Loss, 0.9, 1.1);
        Assert.Equal(ModelOutputKind.Probabilities, published.Resolution.OutputKind);
    }

    [Fact]
    public void Cancellation_keeps_what_was_finished_and_leaves_nothing_half_done()
    {
        using var cancellation = new CancellationTokenSource();
        var options = Options(10, 14);
        options.Epochs = 1;
        options.CancellationToken = cancellation.Token;
        options.Progress = new Reporter(p =>
        {
            if (p is { Size: "14", Done: > 100 })
            {
                cancellation.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Adapt(options));
        Assert.Equal(["fashion-resnet8-28-10.onnx"], Directory.GetFiles(options.OutputFolder!).Select(Path.GetFileName));
    }

    [Fact]
    public void Progress_tells_every_step_and_what_is_left()
    {
        var options = Options(10, 14);
        options.Epochs = 2;
        var reports = new List<AdaptationProgress>();
        options.Progress = new Reporter(reports.Add);
        var result = Adapt(options);
        var total = 2 * result.TrainingImages;
        foreach (var size in new[] { "10", "14" })
        {
            var steps = reports.Where(r => r.Size == size).ToList();
            Assert.Equal((2 * ((result.TrainingImages + 7) / 8)) + 1, steps.Count);
            Assert.All(steps, r => Assert.True(r is { Loss: > 0, HeldBack: not null, ImagesPerSecond: > 0, TimeLeft: not null } && r.Total == total));
            Assert.Equal(total, steps[^1].Done);
            Assert.True(steps[^1].HeldBack!.Value.Loss < steps[0].HeldBack!.Value.Loss);
        }

        Assert.Equal(TimeSpan.Zero, reports[^1].TimeLeft);
        Assert.Contains(reports, r => r is { Size: null, Done: > 0 });
    }

    [Fact]
    public void A_router_chooses_between_the_adapted_sizes()
    {
        var options = Options(14, 20);
        options.Epochs = 2;
        var adapted = Adapt(options);
        var rows = FashionPictures.Fitting(400);
        var data = _context.Transforms.Conversion.MapValueToKey("Label").Fit(View(rows)).Transform(View(rows));
        var router = new OtdResolutionRouter.Options
        {
            ImageColumnName = "Path",
            Task = new ClassificationTask { ClassNames = FashionPictures.ClassNames },
            Resolutions = { adapted.Resolutions[0], adapted.Resolutions[1], adapted.Resolutions[2] },
        };
        using var fitted = _context.OtdRouting().Route(router).Fit(data);
        var metrics = _context.OtdRouting().Evaluate(fitted.Transform(data));
        Assert.InRange(metrics.MeanCost, 0, fitted.Budget + (3 * metrics.CostStandardError));
    }

    private AdaptationResult Adapt(AdaptationOptions options) => _context.OtdRouting().Adapt(options, View(FashionPictures.Fitting(Pictures)));

    private IDataView View(IReadOnlyList<FashionPicture> pictures) => _context.Data.LoadFromEnumerable(pictures);

    private AdaptationOptions Options(params int[] sizes)
    {
        var options = new AdaptationOptions
        {
            Model = new Resolution(FashionPictures.ModelFile(28), 28),
            OutputFolder = _folder.File("models"),
            ImageColumnName = "Path",
            Epochs = 6,
            Threads = 1,
        };
        foreach (var size in sizes)
        {
            options.Sizes.Add(size);
        }

        return options;
    }

    /// <summary>The model of 28 pixels, declared at another size.</summary>
    private string FileAsItIs(int size)
    {
        var model = SizedModel.At(OnnxModelFile.Read(FashionPictures.ModelFile(28)), "image", new Resolution("-", size));
        File.WriteAllBytes(_folder.File($"plain-{size}.onnx"), model.ToByteArray());
        return _folder.File($"plain-{size}.onnx");
    }

    private static double Accuracy(Resolution resolution, IReadOnlyList<FashionPicture> pictures)
    {
        var (images, labels) = Read(pictures);
        return Classes(Answers(resolution, images)).Zip(labels, (found, label) => found == label).Count(right => right) / (double)images.Count;
    }

    private static (List<float[]> Images, List<int> Labels) Read(IReadOnlyList<FashionPicture> pictures)
    {
        var (decoder, reader) = (new ImageDecoder(), new PixelReader(28, 28, ImageFit.CenterCrop));
        return (pictures.Select(p =>
        {
            using var image = decoder.Decode(p.Path);
            var pixels = new float[3 * 28 * 28];
            reader.Read(image, pixels);
            return pixels;
        }).ToList(), pictures.Select(p => Array.IndexOf(FashionPictures.ClassNames, p.Label)).ToList());
    }

    private static List<float[]> Answers(Resolution resolution, List<float[]> images)
    {
        var scoring = new ScoringOptions { IntraOpNumThreads = 1 };
        using var sessions = new OnnxSessions(scoring, _ => { });
        using var batch = new ScorerBatch(new ResolutionScorer(resolution, 28, 28, sessions, scoring), 1);
        return images.Select(image =>
        {
            batch.SetImage(0, image);
            batch.Run(1);
            return batch.Output(0, 0).ToArray();
        }).ToList();
    }

    private static List<int> Classes(List<float[]> answers) => [.. answers.Select(a => Array.IndexOf(a, a.Max()))];

    private static NodeProto Node(string operation, string[] inputs, string output, params AttributeProto[] attributes) =>
        new() { OpType = operation, Input = { inputs }, Output = { output }, Attribute = { attributes } };

    /// <summary>Reports on the thread that works.</summary>
    private sealed class Reporter(Action<AdaptationProgress> report) : IProgress<AdaptationProgress>
    {
        public void Report(AdaptationProgress value) => report(value);
    }
}
