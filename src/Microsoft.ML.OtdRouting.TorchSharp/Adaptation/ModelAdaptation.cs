using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Training.Graphs;
using TorchSharp;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Adapts a model to all sizes, one after another: the answers are taken once, and every size starts from the model as it came.</summary>
internal sealed class ModelAdaptation
{
    /// <summary>Between libtorch and ONNX Runtime, as part of the largest number: rounding stays far below it, a misread operator far above.</summary>
    private const float RuntimeTolerance = 1e-3f;

    /// <summary>Chance of calling a size worse that is not.</summary>
    private const double Level = 0.05;

    private readonly AdaptationOptions _options;
    private readonly RouterContext _log;
    private readonly ModelProto _model;

    private ModelAdaptation(AdaptationOptions options, RouterContext log)
    {
        _options = options;
        _log = log;
        _model = OnnxModelFile.Read(options.Model!.ModelFile);
    }

    /// <summary>Adapts a model.</summary>
    /// <param name="options">What to adapt, already checked.</param>
    /// <param name="images">Images without labels.</param>
    /// <param name="log">Is told what became of each size.</param>
    public static AdaptationResult Run(AdaptationOptions options, IDataView images, RouterContext log)
    {
        LibTorch.Require();
        var threads = torch.get_num_threads();
        try
        {
            if (options.Threads is { } asked)
            {
                torch.set_num_threads(asked);
            }

            return new ModelAdaptation(options, log).Run(images);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private AdaptationResult Run(IDataView images)
    {
        var model = _options.Model!;
        using var sessions = new OnnxSessions(_options.Scoring, _log.Warning);
        var teacher = new ResolutionScorer(model, model.Height, model.Width, sessions, _options.Scoring);
        var sizes = _options.Sizes.Select(_options.ResolutionOf).ToList();
        RequireWritable(sizes);
        // Whatever does not fit is found before the images are read.
        var plan = new GraphPlan(_model, model.ModelFile, teacher.InputName, teacher.OutputName, skipSoftmax: model.OutputKind == ModelOutputKind.Probabilities);
        var scorers = sizes.Select(size => OpenAt(size, teacher.InputName, sessions)).ToList();
        new TrainableGraph(plan).Dispose();

        var read = AdaptationImages.Read(_options, sizes, teacher, images);
        var clock = new AdaptationClock(_options, sizes, read.Training.Count * _options.Epochs);
        var adapted = sizes.Select((size, i) => Adapt(size, plan, scorers[i], read, clock)).ToList();
        return new AdaptationResult(model, adapted, read.Training.Count, read.HeldBack.Count);
    }

    private AdaptedResolution Adapt(Resolution size, GraphPlan plan, ResolutionScorer asItIs, AdaptationImages images, AdaptationClock clock)
    {
        var started = Stopwatch.GetTimestamp();
        var graph = new TrainableGraph(plan);
        using var training = new SizeTraining(_options, graph, images, images.Stores[size]);
        RequireSame(training, asItIs, images.Stores[size], images.HeldBack, "as it was read");
        var (agreeingBefore, agreeingAfter) = (new HashSet<int>(), new HashSet<int>());
        var before = training.Measure(agreeingBefore);
        clock.Start(size);
        var after = training.Train(before, clock.Report);
        training.Measure(agreeingAfter);

        // Few images kept back tell little of agreement: what speaks against a better divergence must be more than chance.
        var isBetter = after.Loss < before.Loss && !IsWorse(agreeingBefore, agreeingAfter);
        var model = SizedModel.At(isBetter ? GraphExport.Write(_model, graph) : _model, plan.InputName, size);
        if (isBetter)
        {
            using var sessions = new OnnxSessions(_options.Scoring, _log.Warning);
            RequireSame(training, Open(size, model, sessions), images.Stores[size], images.HeldBack, "as it was written");
        }

        var bytes = model.ToByteArray();
        WholeFile.Write(size.ModelFile, stream => stream.Write(bytes));
        var figures = string.Create(
            CultureInfo.InvariantCulture,
            $"agreement with {_options.Model!.Name} on {images.HeldBack.Count} images kept back {before.Agreement:P1} -> {after.Agreement:P1}, divergence {before.Loss:F4} -> {after.Loss:F4}");
        if (isBetter)
        {
            _log.Info($"{size.Name}: {figures}.");
        }
        else
        {
            _log.Warning($"{size.Name} stays as it was: training does not help ({figures}).");
        }

        return new AdaptedResolution(size, isBetter, before, after, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Whether fewer images agree by more than chance: an exact sign test of those that agree at one time alone.</summary>
    private static bool IsWorse(HashSet<int> before, HashSet<int> after)
    {
        var (gained, lost) = (after.Count(i => !before.Contains(i)), before.Count(i => !after.Contains(i)));
        return lost > gained && BinomialTail.AtLeast(gained + lost, lost, 0.5) < Level;
    }

    private void RequireWritable(IEnumerable<Resolution> sizes)
    {
        Directory.CreateDirectory(_options.OutputFolder!);
        foreach (var size in sizes)
        {
            WholeFile.Probe(size.ModelFile);
        }
    }

    /// <summary>The model as it is, at a smaller size.</summary>
    /// <exception cref="InvalidDataException">It does not run there; the message names the size.</exception>
    private ResolutionScorer OpenAt(Resolution size, string inputName, OnnxSessions sessions) => Open(size, SizedModel.At(_model, inputName, size), sessions);

    private ResolutionScorer Open(Resolution size, ModelProto model, OnnxSessions sessions)
    {
        try
        {
            return new ResolutionScorer(SizedModel.InMemory(size, model), size.Height, size.Width, sessions, _options.Scoring);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{_options.Model!.ModelFile}' does not run at {size.Height}x{size.Width}: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    /// <summary>Holds the module against ONNX Runtime on images kept back: what is trained must be what runs.</summary>
    private void RequireSame(SizeTraining training, ResolutionScorer scorer, ImageStore store, IReadOnlyList<int> images, string state)
    {
        var count = Math.Min(scorer.MaxBatch, images.Count);
        using var batch = new ScorerBatch(scorer, count);
        for (var i = 0; i < count; i++)
        {
            batch.SetImage(i, store.Pixels(images[i]));
        }

        batch.Run(count);
        var expected = Enumerable.Range(0, count).SelectMany(i => batch.Output(0, i).ToArray()).ToArray();
        var found = training.Answers([.. images.Take(count)]);
        var largest = Math.Max(1, expected.Max(MathF.Abs));
        var worst = found.Length == expected.Length ? expected.Zip(found, (e, f) => MathF.Abs(e - f)).Max() : float.PositiveInfinity;
        if (!(worst <= RuntimeTolerance * largest))
        {
            throw new NotSupportedException(
                $"'{_options.Model!.ModelFile}' cannot be adapted: {state}, TorchSharp and ONNX Runtime answer differently at {scorer.Resolution.Name}, by {worst:G3} where the largest number is " +
                $"{largest:G3}. An operator does not mean the same to both.");
        }
    }
}
