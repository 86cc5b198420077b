using System.Text.Json;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>A network trained on a thousand of the shipped pictures, which takes seconds.</summary>
[Collection(TorchState.Name)]
public sealed class TrainingTests : IDisposable
{
    private const int Pictures = 1000;
    private const double Chance = 0.1;

    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_size_becomes_far_better_than_chance_and_the_files_say_what_was_reported()
    {
        var (reports, messages) = (new Reports(), new List<string>());
        _context.Log += (_, message) => messages.Add(message.RawMessage);
        var options = FashionTraining.Options(_folder.File("out"), 28, 14);
        (options.Epochs, options.Width, options.Progress) = (4, 16, reports);
        var result = _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(Pictures)));

        Assert.Equal(["14", "28"], result.Resolutions.Select(r => r.Name));
        Assert.Equal(["fashion-14.onnx", "fashion-28.onnx"], result.Resolutions.Select(r => Path.GetFileName(r.ModelFile)));
        Assert.Equal(FashionPictures.ClassNames, result.ClassNames);
        Assert.Equal(Pictures, result.TrainingImages + result.HeldBackImages);
        Assert.Equal([1, 2, 3, 4], result.Epochs.Select(e => e.Epoch));
        Assert.True(result.Epochs[^1].Loss < 0.6 * result.Epochs[0].Loss);
        Assert.All(result.Epochs[^1].HeldBackAccuracy, a => Assert.InRange(a, 5 * Chance, 1));
        Assert.Contains(messages, m => m.StartsWith($"Trained {result.Parameters} parameters on {result.TrainingImages} images, 4 epochs", StringComparison.Ordinal));

        // By ONNX Runtime, resized as a router resizes: the images kept back, which are known by their content.
        var images = ImageSample.Read(FashionTraining.View(_context, FashionPictures.Fitting(Pictures)), "Image", new PixelReaders(28, 28, ImageFit.CenterCrop), new ImageDecoder(new()), Pictures, default);
        var classes = FashionPictures.Fitting(Pictures).Select(p => Array.IndexOf(FashionPictures.ClassNames, p.Label)).ToList();
        var heldBack = Enumerable.Range(0, Pictures).Where(i => HeldBackRows.Contain(images[i], 0.1)).ToList();
        Assert.Equal(result.HeldBackImages, heldBack.Count);
        for (var size = 0; size < 2; size++)
        {
            var model = OnnxModelFile.Read(result.Resolutions[size].ModelFile);
            var side = result.Resolutions[size].Height;
            var batch = heldBack.SelectMany(i => Resized(images[i], side)).ToArray();
            var logits = Graphs.Runtime.Score(model, batch, heldBack.Count, side);
            var right = heldBack.Where((image, i) => ArgMax.Of(logits.AsSpan(10 * i, 10)) == classes[image]).Count();
            Assert.Equal(result.Epochs[^1].HeldBackAccuracy[size], (double)right / heldBack.Count, 1.01 / heldBack.Count);
            Assert.Equal(4 * 16, Graphs.Runtime.Score(model, batch, heldBack.Count, side, "embedding").Length / heldBack.Count);
            Assert.Equal("batch", model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
            Assert.DoesNotContain(model.Graph.Node, n => n.OpType == "BatchNormalization");
            Assert.Equal(FashionPictures.ClassNames, JsonSerializer.Deserialize<string[]>(model.MetadataProps.Single(p => p.Key == "Microsoft.ML.OtdRouting.classes").Value));
        }

        RequireWhole(reports.All, result);
    }

    [Fact]
    public void Embeddings_of_a_class_come_near_each_other()
    {
        var options = FashionTraining.Options(_folder.File("out"), 28, 14);
        (options.Epochs, options.Width, options.Objective) = (4, 16, new EmbeddingObjective());
        var result = _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(Pictures)));
        Assert.True(result.Epochs[^1].Loss < 0.6 * result.Epochs[0].Loss);
        Assert.All(result.Epochs[^1].HeldBackAccuracy, a => Assert.InRange(a, 5 * Chance, 1));
        Assert.All(result.Resolutions, r => Assert.Equal(("logits", "embedding"), (r.OutputName, r.EmbeddingName)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _context.OtdRouting().Train(
            new TrainingOptions { Sizes = { 8 }, OutputFolder = "o", Objective = new EmbeddingObjective { Temperature = 0 } }, _context.Data.LoadFromEnumerable(new List<FashionPicture>())));
    }

    [Fact]
    public void A_gpu_is_used_or_said_to_be_missing()
    {
        var options = FashionTraining.Options(_folder.File("out"), 14);
        (options.Epochs, options.Device) = (1, TrainingDevice.Gpu);
        TrainingResult Train() => _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(200)));
        LibTorch.Require();
        if (TorchSharp.torch.cuda.is_available() || TorchSharp.torch.mps_is_available())
        {
            Assert.Single(Train().Epochs);
            return;
        }

        Assert.Contains("finds no GPU", Assert.Throws<NotSupportedException>(Train).Message);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.onnx", SearchOption.AllDirectories));
        Assert.Equal(TorchSharp.DeviceType.CPU, TorchSharp.torch.get_default_device().type);
    }

    private static void RequireWhole(List<TrainingProgress> reports, TrainingResult result)
    {
        var reading = reports.TakeWhile(r => r.Epoch == 0).ToList();
        Assert.NotEmpty(reading);
        Assert.All(reading, r => Assert.Null(r.TimeLeft));
        var training = reports.Skip(reading.Count).ToList();
        var steps = result.TrainingImages / 32;
        // One after each step, one more when an epoch was measured.
        Assert.Equal(4 * (steps + 1), training.Count);
        Assert.All(training.Zip(training.Skip(1)), pair => Assert.True(pair.First.Done <= pair.Second.Done));
        Assert.All(training, r => Assert.Equal(4L * steps * 32, r.Total));
        Assert.Equal(training[^1].Total, training[^1].Done);
        Assert.Equal(TimeSpan.Zero, training[^1].TimeLeft);
        Assert.Same(result.Epochs[^1], training[^1].LastEpoch);
    }

    private static float[] Resized(float[] image, int side)
    {
        var resizer = new ImageResizer(28, 28, side, side);
        var target = new float[3 * side * side];
        resizer.Resize(image, target, TargetPlane.Rgb, new float[resizer.ScratchLength]);
        return target;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plan_and_distillation_or_separate_networks_learn_too(bool separate)
    {
        var options = FashionTraining.Options(_folder.File("out"), 10, 14);
        (options.Epochs, options.HeldBackFraction, options.SeparateNetworks, options.Decay) = (4, 0, separate, LearningRateDecay.Cosine);
        if (!separate)
        {
            (options.PlanStrength, options.PlanPrior, options.DistillationWeight, options.LabelSmoothing) = (0.25, RoutingPrior.Explicit([0.3, 0.7]), 0.5, 0.1);
        }

        var result = _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(600)));
        Assert.Equal(600, result.TrainingImages);
        Assert.Equal(0, result.HeldBackImages);
        Assert.All(result.Epochs, e => Assert.Empty(e.HeldBackAccuracy));
        Assert.True(result.Epochs[^1].Loss < 0.75 * result.Epochs[0].Loss);
        Assert.All(result.Epochs, e => Assert.Equal(separate ? 0 : 2, e.PlanShares.Count));
        if (!separate)
        {
            Assert.All(result.Epochs, e => Assert.Equal(0.3, e.PlanShares[0], 0.02));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Sizes_that_are_trained_in_turn_learn_alike(int together)
    {
        var options = FashionTraining.Options(_folder.File("out"), 8, 10, 14);
        (options.Epochs, options.HeldBackFraction, options.SizesPerStep) = (6, 0.2, together);
        var network = default(OwnNetwork);
        options.Network = settings => network = new OwnNetwork(settings);
        var result = _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(600)));
        var steps = (long)(result.TrainingImages / options.BatchSize) * options.Epochs;
        Assert.Equal(steps * together, network!.Steps.Sum());
        Assert.All(network.Steps, count => Assert.InRange(count, (steps * together / 3) - 1, (steps * together / 3) + 1));
        Assert.All(result.Epochs[0].HeldBackLoss.Zip(result.Epochs[^1].HeldBackLoss), loss => Assert.True(loss.Second < 0.9 * loss.First));
    }

    [Fact]
    public void A_plan_of_hardly_any_strength_changes_hardly_anything()
    {
        // Without a plan, sizes are descended one after the other; with one, all at once.
        var losses = new[] { 0, 1e-6 }.Select(strength =>
        {
            var options = FashionTraining.Options(_folder.File($"{strength}"), 8, 12);
            (options.PlanStrength, options.Epochs) = (strength, 1);
            return _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(300))).Epochs[0].Loss;
        }).ToList();
        Assert.Equal(losses[0], losses[1], 0.01);
    }
}
