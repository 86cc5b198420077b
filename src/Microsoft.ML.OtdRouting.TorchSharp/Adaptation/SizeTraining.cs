using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Graphs;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Trains a model at one size to say what it says at its largest one.</summary>
internal sealed class SizeTraining : IDisposable
{
    /// <summary>Below this the logarithm of a probability has no gradient worth following.</summary>
    private const float LeastProbability = 1e-7f;

    private const int MeasuredTogether = 32;

    private readonly AdaptationOptions _options;
    private readonly TrainableGraph _graph;
    private readonly AdaptationImages _images;
    private readonly ImageStore _store;
    private readonly bool _givesProbabilities;
    private readonly List<Parameter> _affines;
    private readonly List<Parameter> _weights;

    public SizeTraining(AdaptationOptions options, TrainableGraph graph, AdaptationImages images, ImageStore store)
    {
        _options = options;
        _graph = graph;
        _images = images;
        _store = store;
        _givesProbabilities = options.Model!.OutputKind == ModelOutputKind.Probabilities && !graph.Plan.SkipsSoftmax;
        _affines = options.Layers == AdaptedLayers.LastLayer ? [] : [.. graph.Affines.SelectMany(a => new[] { a.Scale, a.Shift })];
        _weights = [.. (options.Layers == AdaptedLayers.All ? graph.AllLayers() : graph.LastLayer()).Select(graph.Train)];
        if (_affines.Count == 0)
        {
            foreach (var affine in graph.Affines)
            {
                (affine.Scale.requires_grad, affine.Shift.requires_grad) = (false, false);
            }
        }
    }

    private IEnumerable<Parameter> Trained => _affines.Concat(_weights);

    private int Steps => _options.Epochs * StepsOfEpoch;

    private int StepsOfEpoch => (_images.Training.Count + _options.BatchSize - 1) / _options.BatchSize;

    /// <summary>Answers of the module on the images kept back, against those at the largest size.</summary>
    /// <param name="agreeing">Takes the images of which the most probable class is that at the largest size; null where nobody asks.</param>
    public AdaptationQuality Measure(ISet<int>? agreeing = null)
    {
        var (loss, same) = (0.0, 0);
        foreach (var batch in _images.HeldBack.Chunk(MeasuredTogether))
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var logits = Logits(_store.Of(batch));
            loss += Divergence(logits, batch).Value() * batch.Length;
            var best = logits.argmax(1).data<long>();
            foreach (var image in batch.Where((image, i) => best[i] == _images.Answers.Best(image)))
            {
                same++;
                agreeing?.Add(image);
            }
        }

        return new AdaptationQuality(loss / _images.HeldBack.Count, (double)same / _images.HeldBack.Count);
    }

    /// <summary>What the module says of some images, as the model's output is defined.</summary>
    public float[] Answers(IReadOnlyList<int> images)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var answers = _graph.forward(_store.Of(images));
        return (_graph.Plan.SkipsSoftmax ? answers.softmax(1) : answers).data<float>().ToArray();
    }

    /// <summary>Trains, and leaves the module as it was best on the images kept back.</summary>
    /// <param name="before">How it was before.</param>
    /// <param name="report">Is told, after every step, how many images were trained on, the mean loss of the last steps and the last measurement.</param>
    /// <returns>How it is on the images kept back at its best; before any training if that was better than all that came after.</returns>
    public AdaptationQuality Train(AdaptationQuality before, Action<int, double, AdaptationQuality> report)
    {
        using var scales = new AdamDescent(_affines);
        using var weights = new AdamDescent(_weights);
        using var best = new ParameterCopy(Trained);
        var (quality, bestQuality, schedule) = (before, before, new LearningSchedule(Steps, _options.WarmUpSteps));
        var random = new Random(_options.Seed);
        var order = _images.Training.ToArray();
        var (step, done, loss) = (0, 0, double.NaN);
        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var batch in order.Chunk(_options.BatchSize))
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                var current = Descend(batch, random);
                scales.Step(_options.LearningRate * schedule.At(step));
                weights.Step(_options.WeightLearningRate * schedule.At(step));
                loss = double.IsNaN(loss) ? current : (0.9 * loss) + (0.1 * current);
                step++;
                report(done += batch.Length, loss, quality);
            }

            quality = Measure();
            if (quality.Loss < bestQuality.Loss)
            {
                bestQuality = quality;
                best.Take();
            }
        }

        report(done, loss, quality);
        best.PutBack();
        return bestQuality;
    }

    public void Dispose() => _graph.Dispose();

    /// <summary>Gradients of a batch.</summary>
    /// <returns>Its loss.</returns>
    private double Descend(int[] batch, Random random)
    {
        using var scope = NewDisposeScope();
        var mirrored = batch.Select(_ => random.Next(2) == 0).ToArray();
        var loss = Divergence(Logits(_store.Of(batch, mirrored)), batch);
        loss.backward();
        return loss.Value();
    }

    private Tensor Logits(Tensor input)
    {
        var answers = _graph.forward(input);
        return _givesProbabilities ? answers.Clamp(LeastProbability, double.PositiveInfinity).log() : answers;
    }

    private Tensor Divergence(Tensor logits, int[] batch)
    {
        var temperature = _options.Temperature;
        var target = _images.Answers.Of(batch).Times(1 / temperature).log_softmax(1);
        var found = logits.Times(1 / temperature).log_softmax(1);
        return (target.exp() * (target - found)).sum().Times(temperature * temperature / batch.Length);
    }
}
