using Google.Protobuf;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Objectives;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using Microsoft.ML.OtdRouting.Training.Trainer;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>
/// The objective of Zhu et al. 2021, "Dynamic resolution network": a predictor on the smallest size chooses one size for each image, by a Gumbel-softmax whose forward pass is
/// a choice and whose backward pass is soft (Jang et al. 2017, "Categorical reparameterization with Gumbel-softmax"); what is descended is the loss at the chosen size, and
/// what the mean cost is above a budget. Network, images, their changes and their order, optimiser and schedule are those of the product's trainer.
/// </summary>
internal sealed class ChosenSizesTraining
{
    /// <summary>Channels of the predictor's first stage: half of the network's.</summary>
    public const int PredictorWidth = 8;

    /// <summary>Learning rate of the predictor, by Adam.</summary>
    public const double PredictorRate = 2e-3;

    /// <summary>Mean cost that is not punished, as a part of the largest size's.</summary>
    public const double Budget = 0.5;

    /// <summary>Nats for a mean cost that is above the budget by the whole cost of the largest size.</summary>
    public const double PenaltyWeight = 1;

    /// <summary>Temperature of the softmax.</summary>
    private const double Temperature = 1;

    private const int ScoredTogether = 64;

    private readonly TrainingOptions _options;
    private readonly ImageSplit _split;
    private readonly float[] _costs;

    /// <param name="options">The training.</param>
    /// <param name="split">The images.</param>
    public ChosenSizesTraining(TrainingOptions options, ImageSplit split)
    {
        options.Validate();
        _options = options.Freeze();
        _split = split;
        var largest = (float)_options.Largest.Height * _options.Largest.Width;
        _costs = [.. _options.Sizes.Select(s => s.Height * s.Width / largest)];
    }

    private int Sizes => _options.Sizes.Count;

    /// <summary>Trains, writes the files, and asks the predictor for the size of each scored image.</summary>
    public TrainedArm Run()
    {
        LibTorch.Require();
        var busy = Environment.CpuUsage.TotalTime;
        var threads = get_num_threads();
        set_num_threads(_options.Threads ?? threads);
        try
        {
            manual_seed(_options.Seed);
            var images = TrainingImages.Read(_options, _split.View(new MLContext(_options.Seed)));
            var settings = new NetworkSettings([.. _options.Sizes], images.Objective.Outputs, _options.Width, images.Mean, images.StandardDeviation);
            using var network = TrainingRun.Create(_options, settings);
            using var predictor = ResidualNetwork.OfEight(settings with { Sizes = [_options.Sizes[0]], Outputs = Sizes, Width = PredictorWidth });
            using var parameters = new FlatParameters(network.parameters().Where(p => p.requires_grad));
            var shares = Train(images, network, predictor, parameters);
            var time = (Environment.CpuUsage.TotalTime - busy).TotalSeconds;
            Directory.CreateDirectory(_options.OutputFolder!);
            var files = _options.Sizes.Select((size, k) => Write(network, k, _options.ResolutionOf(size).ModelFile, images.Objective.ClassNames)).ToList();
            var sizeNames = _options.Sizes.Select(s => s.Name).ToList();
            var file = Write(predictor, 0, Path.Combine(_options.OutputFolder!, "predictor.onnx"), sizeNames);
            return new TrainedArm(
                files, images.Training.Count, parameters.Count + predictor.parameters().Sum(p => p.numel()), time, shares, [], Choose(predictor), file);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private List<IReadOnlyList<double>> Train(TrainingImages images, MultiResolutionNetwork network, ResidualNetwork predictor, FlatParameters parameters)
    {
        var steps = images.Training.Count / _options.BatchSize;
        var all = _options.Epochs * steps;
        var schedule = new LearningSchedule(all, (int)Math.Round(_options.WarmUpShare * all), _options.Decay);
        var maker = new BatchMaker(_options, images);
        var batch = new TrainingBatch([.. _options.Sizes], _options.BatchSize, images.Objective.TargetLength);
        using var predictorParameters = new FlatParameters(predictor.parameters());
        using var adam = new AdamDescent(predictorParameters);
        var random = new Random(_options.Seed);
        var shares = new List<IReadOnlyList<double>>();
        network.train();
        predictor.train();
        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            var order = images.Training.ToArray();
            new Random(new ImageRandom(_options.Seed, epoch, -1).Next(int.MaxValue)).Shuffle(order);
            var sums = new double[Sizes];
            for (var step = 0; step < steps; step++)
            {
                maker.Fill(batch, order.AsSpan(step * _options.BatchSize, _options.BatchSize), epoch);
                parameters.Zero();
                predictorParameters.Zero();
                var part = schedule.At((epoch * steps) + step);
                Descend(batch, images.Objective, network, predictor, random, sums);
                parameters.Step(_options.LearningRate * part, _options.Momentum, _options.WeightDecay);
                adam.Step(PredictorRate);
            }

            shares.Add([.. sums.Select(s => s / ((double)steps * _options.BatchSize))]);
        }

        return shares;
    }

    /// <summary>Adds the gradients of a batch, and to the sums how many images chose each size.</summary>
    private void Descend(TrainingBatch batch, BoundObjective objective, MultiResolutionNetwork network, ResidualNetwork predictor, Random random, double[] sums)
    {
        using var scope = NewDisposeScope();
        var targets = tensor(batch.Targets, [batch.Capacity, objective.TargetLength]);
        var inputs = Enumerable.Range(0, Sizes).Select(size => Input(batch.Pixels[size], batch.Count, _options.Sizes[size])).ToArray();
        // [images, sizes]
        var losses = stack(inputs.Select((x, size) => objective.Losses(network.Forward(x, size), targets, _options.Sizes[size])).ToArray(), 1);
        var soft = predictor.Forward(inputs[0], 0).Answer.Plus(Noise(random, batch.Count)).Times(1 / Temperature).softmax(1);
        var hard = nn.functional.one_hot(soft.argmax(1), Sizes).to(float32);
        // The value of the choice, with the gradient of the softmax.
        var chosen = hard.Plus(soft).Plus(soft.detach(), -1);
        var excess = chosen.mul(tensor(_costs)).sum(1).mean().Plus(-Budget).relu();
        chosen.mul(losses).sum(1).mean().Plus(excess, PenaltyWeight).backward();
        var counts = hard.sum([0]).data<float>().ToArray();
        for (var size = 0; size < Sizes; size++)
        {
            sums[size] += counts[size];
        }
    }

    /// <summary>Gumbel's noise, <c>−ln(−ln u)</c>.</summary>
    private Tensor Noise(Random random, int images)
    {
        var noise = new float[images * Sizes];
        for (var i = 0; i < noise.Length; i++)
        {
            // Never 0, whose logarithm there is not.
            noise[i] = (float)-Math.Log(-Math.Log((random.NextDouble() + 1e-12) / (1 + 2e-12)));
        }

        return tensor(noise, [images, Sizes]);
    }

    /// <summary>The size that the predictor holds for the best, of each scored image.</summary>
    private int[] Choose(ResidualNetwork predictor)
    {
        using var off = no_grad();
        predictor.eval();
        var (thumbnails, size) = (Thumbnails.Read(_split), _options.Sizes[0]);
        return [.. thumbnails.Chunk(ScoredTogether).SelectMany(chunk =>
        {
            using var scope = NewDisposeScope();
            var logits = predictor.Forward(Input([.. chunk.SelectMany(t => t)], chunk.Length, size), 0).Answer;
            return logits.argmax(1).data<long>().ToArray().Select(k => (int)k);
        })];
    }

    /// <summary>A batch with the channels last in memory.</summary>
    private static Tensor Input(float[] pixels, int count, InputSize size) =>
        tensor(pixels, [count, 3, size.Height, size.Width]).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static string Write(MultiResolutionNetwork network, int size, string file, IReadOnlyList<string> classNames)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        network.eval();
        var (height, width) = (network.Sizes[size].Height, network.Sizes[size].Width);
        var output = network.Forward(zeros(1, 3, height, width), size);
        var scored = new ScoredBatch([], output.Answer.shape[1..], [], output.Embedding.shape[1..]);
        File.WriteAllBytes(file, NetworkExport.Write(network, size, scored, "logits", classNames).ToByteArray());
        return file;
    }
}
