using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Objectives;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Trains a network: every batch at all sizes, or at some in turn, by the mean of what they lose.</summary>
internal sealed class NetworkTraining : IDisposable
{
    private const int MeasuredTogether = 64;

    private readonly TrainingOptions _options;
    private readonly TrainingImages _images;
    private readonly BoundObjective _objective;
    private readonly MultiResolutionNetwork _network;
    private readonly FlatParameters _parameters;
    private readonly PlanWeights? _plan;
    private readonly TrainingState _state = new();
    private readonly Checkpoint? _checkpoint;
    private readonly BatchMaker _maker;
    private double _recentLoss = double.NaN;

    public NetworkTraining(TrainingOptions options, TrainingImages images, MultiResolutionNetwork network)
    {
        _options = options;
        _images = images;
        _objective = images.Objective;
        _network = network;
        _parameters = new FlatParameters(network.parameters().Where(p => p.requires_grad));
        _plan = options.PlanStrength > 0 ? new PlanWeights(options) : null;
        _maker = new BatchMaker(options, images);
        _checkpoint = options.CheckpointFolder is null ? null : new Checkpoint(options, images, network, _parameters, _plan, _state);
    }

    /// <summary>Numbers that are trained.</summary>
    public long ParameterCount => _parameters.Count;

    private int Sizes => _options.Sizes.Count;

    private long StepOfAll => ((long)_state.Epoch * StepsOfEpoch) + _state.Step;

    private int StepsOfEpoch => _images.Training.Count / _options.BatchSize;

    /// <summary>Trains to the end, from the checkpoint if there is one.</summary>
    /// <returns>What was found after each epoch.</returns>
    /// <exception cref="InvalidDataException">There is a checkpoint that is damaged or of another training.</exception>
    /// <exception cref="InvalidOperationException">The loss is no number any more.</exception>
    public IReadOnlyList<TrainedEpoch> Run()
    {
        _checkpoint?.Load();
        var schedule = new LearningSchedule(_options.Epochs * StepsOfEpoch, (int)Math.Round(_options.WarmUpShare * _options.Epochs * StepsOfEpoch), _options.Decay);
        var clock = new TrainingClock(_options, StepsOfEpoch);
        while (_state.Epoch < _options.Epochs)
        {
            TrainEpoch(schedule, clock);
            _state.Epochs.Add(Measure());
            (_state.Epoch, _state.Step, _state.LossSum) = (_state.Epoch + 1, 0, 0);
            Array.Clear(_plan?.Sums ?? []);
            clock.Report(_state, _recentLoss);
            if (_state.Epoch % _options.CheckpointInterval == 0 || _state.Epoch == _options.Epochs)
            {
                _checkpoint?.Save();
            }
        }

        return _state.Epochs;
    }

    /// <summary>What the network, as it is in use, makes of a batch at a size.</summary>
    public ScoredBatch Score(TrainingBatch batch, int size)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _network.eval();
        var output = _network.Forward(Input(batch, size), size);
        return new ScoredBatch(output.Answer.Values(), output.Answer.shape[1..], output.Embedding.Values(), output.Embedding.shape[1..]);
    }

    public void Dispose() => _parameters.Dispose();

    private void TrainEpoch(LearningSchedule schedule, TrainingClock clock)
    {
        var order = _images.Training.ToArray();
        // Of the seed and the epoch alone, so that training goes on after a pause as if there had been none.
        new Random(new ImageRandom(_options.Seed, _state.Epoch, -1).Next(int.MaxValue)).Shuffle(order);
        var (next, epoch) = (_state.Step, _state.Epoch);
        using var batches = new ReadAhead<TrainingBatch>(NewBatch(), NewBatch(), (batch, _) =>
        {
            if (next == StepsOfEpoch)
            {
                return false;
            }

            _maker.Fill(batch, order.AsSpan(next++ * _options.BatchSize, _options.BatchSize), epoch);
            return true;
        });
        _network.train();
        var started = Stopwatch.GetTimestamp();
        while (batches.Next() is { } batch)
        {
            if (_options.CancellationToken.IsCancellationRequested)
            {
                _checkpoint?.Save();
                _options.CancellationToken.ThrowIfCancellationRequested();
            }

            var loss = Step(batch, _options.LearningRate * schedule.At((epoch * StepsOfEpoch) + _state.Step));
            _state.LossSum += loss;
            _state.Step++;
            _recentLoss = double.IsNaN(_recentLoss) ? loss : (0.9 * _recentLoss) + (0.1 * loss);
            // With the time that the batch was waited for.
            clock.Count(_options.BatchSize, Stopwatch.GetElapsedTime(started));
            clock.Report(_state, _recentLoss);
            started = Stopwatch.GetTimestamp();
        }
    }

    private TrainingBatch NewBatch() => new([.. _options.Sizes], _options.BatchSize, _objective.TargetLength);

    /// <summary>A step of gradient descent.</summary>
    /// <returns>The mean loss over images and sizes.</returns>
    private double Step(TrainingBatch batch, double rate)
    {
        using var scope = NewDisposeScope();
        _parameters.Zero();
        var targets = Targets(batch);
        var loss = _plan is null && _options.DistillationWeight == 0 ? DescendApart(batch, targets) : DescendTogether(batch, targets);
        _parameters.Step(rate, _options.Momentum, _options.WeightDecay);
        return loss;
    }

    /// <summary>Gradients of one size after the other, of those whose turn it is, which needs the memory of one size and takes no longer than all at once.</summary>
    private double DescendApart(TrainingBatch batch, Tensor targets)
    {
        var (sum, step, trained) = (0.0, StepOfAll, _options.SizesPerStep ?? Sizes);
        for (var size = 0; size < Sizes; size++)
        {
            // Evenly spread: of four sizes by twos every other one, so that steps take about as long.
            if ((step + size) * trained % Sizes >= trained)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var loss = _objective.Losses(_network.Forward(Input(batch, size), size), targets, _options.Sizes[size]).mean();
            sum += RequireFinite(loss.Value());
            (_network.SharesWeights ? loss.Times(1.0 / trained) : loss).backward();
        }

        return sum / trained;
    }

    /// <summary>Gradients of all sizes at once, whose losses depend on each other.</summary>
    private double DescendTogether(TrainingBatch batch, Tensor targets)
    {
        var outputs = Enumerable.Range(0, Sizes).Select(size => _network.Forward(Input(batch, size), size)).ToArray();
        // [images, sizes]
        var losses = stack(outputs.Select((o, size) => _objective.Losses(o, targets, _options.Sizes[size])).ToArray(), 1);
        if (_plan is not null)
        {
            var values = losses.Values();
            RequireFinite(values.Sum());
            losses = losses.mul(tensor(_plan.Of(values, StepOfAll), [batch.Count, Sizes]));
        }

        var loss = losses.mean();
        if (_options.DistillationWeight > 0)
        {
            loss = loss.Plus(Divergence([.. outputs.Select(o => o.Answer)]), _options.DistillationWeight);
        }

        var value = RequireFinite(loss.Value());
        (_network.SharesWeights ? loss : loss.Times(Sizes)).backward();
        return value;
    }

    private float RequireFinite(float loss) => float.IsFinite(loss) ? loss : throw new InvalidOperationException(string.Create(
        CultureInfo.InvariantCulture,
        $"The loss is no finite number any more in step {_state.Step + 1} of epoch {_state.Epoch + 1}. A lower {nameof(TrainingOptions.LearningRate)} (it is {_options.LearningRate}) is the usual way out."));

    /// <summary>Mean divergence of each size's answers from the mean answer of all sizes, which is taken as given.</summary>
    private static Tensor Divergence(Tensor[] logits)
    {
        // [sizes, images, classes]
        var answers = stack(logits).log_softmax(2);
        var mean = answers.detach().logsumexp(0, keepdim: true).sub(tensor(MathF.Log(logits.Length)));
        return mean.exp().mul(mean.sub(answers)).sum(2).mean();
    }

    private Tensor Input(TrainingBatch batch, int size)
    {
        var images = tensor(batch.Pixels[size], [batch.Capacity, 3, _options.Sizes[size].Height, _options.Sizes[size].Width]);
        return batch.Count < batch.Capacity ? images.narrow(0, 0, batch.Count) : images;
    }

    private Tensor Targets(TrainingBatch batch) => tensor(batch.Targets, [batch.Capacity, _objective.TargetLength]).narrow(0, 0, batch.Count);

    private TrainedEpoch Measure()
    {
        var shares = _plan is null ? [] : _plan.Sums.Select(s => s / ((double)_state.Step * _options.BatchSize)).ToArray();
        var loss = _state.LossSum / _state.Step;
        if (_images.HeldBack.Count == 0)
        {
            return new TrainedEpoch(_state.Epoch + 1, loss, [], [], shares);
        }

        var (right, losses) = (new double[Sizes], new double[Sizes]);
        var batch = new TrainingBatch([.. _options.Sizes], MeasuredTogether, _objective.TargetLength);
        _network.eval();
        foreach (var images in _images.HeldBack.Chunk(MeasuredTogether))
        {
            _maker.Fill(batch, images, epoch: null);
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var targets = Targets(batch);
            for (var size = 0; size < Sizes; size++)
            {
                var output = _network.Forward(Input(batch, size), size);
                right[size] += _objective.Right(output, targets, _options.Sizes[size]);
                losses[size] += _objective.Losses(output, targets, _options.Sizes[size]).sum().Value();
            }
        }

        var count = (double)_images.HeldBack.Count;
        return new TrainedEpoch(_state.Epoch + 1, loss, [.. right.Select(r => r / count)], [.. losses.Select(l => l / count)], shares);
    }
}
