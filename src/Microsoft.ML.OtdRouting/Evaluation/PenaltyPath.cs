using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// The baseline of dynamic-resolution networks (Zhu et al. 2021, "Dynamic resolution network"): a linear predictor of the route, trained
/// through straight-through Gumbel-softmax on a loss plus a penalty on cost, <c>E[ℓ] + η·E[c]/(c_max − c_min)</c>. Trained for a path of
/// weights η, each from where the last one ended, so that there is one for every mean cost.
/// </summary>
/// <remarks>
/// DRNet's penalty is <c>η·max(0, E[F] − α)/(F_max − F_min)</c>; with α at the cheapest route it always acts and η alone decides what the predictor
/// costs. Nothing keeps routes in use: that is the collapse that transport avoids.
/// </remarks>
internal sealed class PenaltyPath
{
    private const int Steps = 24;
    private const int FirstEpochs = 20;
    private const int Epochs = 5;
    private const int BatchSize = 128;
    private const double Rate = 0.005;
    private const float WeightDecay = 1e-3f;
    private const double LeastWeight = 0.002;
    private const double WeightRatio = 1.45;

    private static readonly ConditionalWeakTable<FeatureSample, PenaltyPath> Trained = [];

    private readonly int _features;
    private readonly int _routes;
    private readonly Standardisation _standardisation;
    private readonly List<float[]> _parameters = [];

    private PenaltyPath(FeatureSample sample)
    {
        _routes = sample.Losses.Routes;
        _features = sample.Features.Length / sample.Rows;
        _standardisation = Standardisation.Of(sample.Rows, _features, row => sample.Features.AsSpan(row * _features, _features), _ => 1);
    }

    /// <summary>Number of predictors; later ones cost less.</summary>
    public int Count => _parameters.Count;

    /// <summary>The predictors of a sample, trained when they are first asked for.</summary>
    /// <param name="sample">Features and losses.</param>
    /// <param name="costs">Cost of each route.</param>
    /// <param name="seed">Seed of the training.</param>
    public static PenaltyPath Of(FeatureSample sample, double[] costs, int seed) => Trained.GetValue(sample, s =>
    {
        var path = new PenaltyPath(s);
        path.TrainAll(s, costs, new Random(seed));
        return path;
    });

    /// <summary>The route that a predictor of the path chooses: its largest score.</summary>
    public int Choose(int step, ReadOnlySpan<float> features, Span<float> standardised, Span<float> scores)
    {
        _standardisation.Apply(features, standardised);
        Score(_parameters[step], standardised, scores);
        return ArgMax.Of(scores);
    }

    private void Score(float[] parameters, ReadOnlySpan<float> input, Span<float> scores)
    {
        for (var k = 0; k < _routes; k++)
        {
            var row = parameters.AsSpan(k * (_features + 1), _features + 1);
            scores[k] = TensorPrimitives.Dot(input, row[.._features]) + row[_features];
        }
    }

    private void TrainAll(FeatureSample sample, double[] routeCosts, Random random)
    {
        var inputs = new float[sample.Features.Length];
        for (var row = 0; row < sample.Rows; row++)
        {
            _standardisation.Apply(sample.Features.AsSpan(row * _features, _features), inputs.AsSpan(row * _features, _features));
        }

        var range = Math.Max(routeCosts.Max() - routeCosts.Min(), double.Epsilon);
        var costs = Array.ConvertAll(routeCosts, c => (float)(c / range));
        var parameters = new float[_routes * (_features + 1)];
        for (var step = 0; step < Steps; step++)
        {
            var weight = step == 0 ? 0 : LeastWeight * Math.Pow(WeightRatio, step - 1);
            var optimiser = new Adam(parameters.Length);
            for (var epoch = 0; epoch < (step == 0 ? FirstEpochs : Epochs); epoch++)
            {
                TrainEpoch(inputs, sample, costs, (float)weight, parameters, optimiser, random);
            }

            _parameters.Add([.. parameters]);
        }
    }

    private void TrainEpoch(float[] inputs, FeatureSample sample, float[] costs, float weight, float[] parameters, Adam optimiser, Random random)
    {
        var order = Enumerable.Range(0, sample.Rows).ToArray();
        random.Shuffle(order);
        var gradient = new float[parameters.Length];
        var scores = new float[_routes];
        for (var start = 0; start < order.Length; start += BatchSize)
        {
            var batch = order.AsSpan(start, Math.Min(BatchSize, order.Length - start));
            TensorPrimitives.Multiply(parameters, WeightDecay, gradient);
            foreach (var row in batch)
            {
                var input = inputs.AsSpan(row * _features, _features);
                Score(parameters, input, scores);
                Backward(scores, sample.Losses.Row(row), costs, weight, random);
                for (var k = 0; k < _routes; k++)
                {
                    var slope = scores[k] / batch.Length;
                    var target = gradient.AsSpan(k * (_features + 1), _features + 1);
                    TensorPrimitives.MultiplyAdd(input, slope, target[.._features], target[.._features]);
                    target[_features] += slope;
                }
            }

            optimiser.Step(parameters, gradient, Rate);
        }
    }

    /// <summary>
    /// Turns scores into the slope of the loss by them: of a choice drawn with Gumbel noise, taken as one route forwards and as the softmax
    /// backwards.
    /// </summary>
    private static void Backward(Span<float> scores, ReadOnlySpan<float> losses, float[] costs, float weight, Random random)
    {
        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] -= MathF.Log(-MathF.Log((float)((0.999998 * random.NextDouble()) + 1e-6)));
        }

        SoftMax.Apply(scores);
        var mean = 0f;
        for (var k = 0; k < scores.Length; k++)
        {
            mean += scores[k] * (losses[k] + (weight * costs[k]));
        }

        for (var k = 0; k < scores.Length; k++)
        {
            scores[k] *= losses[k] + (weight * costs[k]) - mean;
        }
    }
}
