using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// The penalised negative log-likelihood of a <see cref="LogPool"/> on a set of rows, and its gradient. Parameters are laid out as v (members),
/// b (classes), and Δ (classes × members × classes) if there is one.
/// </summary>
/// <remarks>
/// Columns are kept one after another in blocks of rows, so that every product is a long vector operation. Sums over a block are in single,
/// sums over blocks in double precision. Not safe for concurrent use.
/// </remarks>
internal sealed class LogPoolLikelihood : IPoolLikelihood
{
    private const int BlockRows = 256;

    private readonly List<Block> _blocks = [];
    private readonly int _members;
    private readonly int _classes;
    private readonly double _totalWeight;
    private readonly float[] _scores;
    private readonly float[] _maximum = new float[BlockRows];
    private readonly float[] _total = new float[BlockRows];

    public LogPoolLikelihood(LogProbabilityTable table, Route route, IReadOnlyList<int> rows)
    {
        _members = route.Resolutions.Count;
        _classes = table.Classes;
        _scores = new float[_classes * BlockRows];
        Rows = rows.Count;
        var source = new float[_classes];
        for (var start = 0; start < rows.Count; start += BlockRows)
        {
            var count = Math.Min(BlockRows, rows.Count - start);
            var block = new Block(
                new float[_members * _classes * count], new int[count], new float[count], table.Soft(0).IsEmpty ? null : new float[_classes * count]);
            for (var i = 0; i < count; i++)
            {
                var row = rows[start + i];
                block.Labels[i] = table.Labels[row];
                block.Weights[i] = table.Weight(row);
                for (var c = 0; c < _classes && block.Soft is not null; c++)
                {
                    block.Soft[(c * count) + i] = table.Soft(row)[c];
                }

                _totalWeight += block.Weights[i];
                for (var m = 0; m < _members; m++)
                {
                    table.Read(route.Resolutions[m], row, source);
                    for (var c = 0; c < _classes; c++)
                    {
                        block.Columns[(((m * _classes) + c) * count) + i] = source[c];
                    }
                }
            }

            _blocks.Add(block);
        }
    }

    public int Rows { get; }

    public double Weight => _totalWeight;

    public int ParameterCount(bool mixing) => _members + _classes + (mixing ? _members * _classes * _classes : 0);

    public double Mean(ReadOnlySpan<double> parameters)
    {
        var sum = 0.0;
        foreach (var block in _blocks)
        {
            sum += Forward(block, parameters);
        }

        return sum / _totalWeight;
    }

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, PoolPenalty penalty)
    {
        gradient.Clear();
        var sum = 0.0;
        foreach (var block in _blocks)
        {
            sum += Forward(block, parameters);
            Backward(block, parameters.Length > _members + _classes, gradient);
        }

        TensorPrimitives.Divide(gradient, _totalWeight, gradient);
        var value = sum / _totalWeight;
        var bias = gradient.Slice(_members, _classes);
        if (double.IsInfinity(penalty.Bias))
        {
            bias.Clear();
        }
        else
        {
            value += PoolPenalty.Of(parameters.Slice(_members, _classes), bias, penalty.Bias / Rows);
        }

        value += PoolPenalty.OfWeights(parameters[.._members], gradient[.._members], Rows);
        return value + PoolPenalty.Of(parameters[(_members + _classes)..], gradient[(_members + _classes)..], penalty.Mixing / Rows);
    }

    /// <summary>Weighted negative log-likelihood of a block; leaves the probabilities in the scratch memory.</summary>
    private double Forward(Block block, ReadOnlySpan<double> parameters)
    {
        var count = block.Labels.Length;
        var mixing = parameters.Length > _members + _classes ? parameters[(_members + _classes)..] : default;
        for (var c = 0; c < _classes; c++)
        {
            var scores = Scores(c, count);
            scores.Fill((float)parameters[_members + c]);
            for (var m = 0; m < _members; m++)
            {
                for (var d = 0; d < _classes; d++)
                {
                    var coefficient = (d == c ? parameters[m] : 0) + (mixing.IsEmpty ? 0 : mixing[(((c * _members) + m) * _classes) + d]);
                    if (coefficient != 0)
                    {
                        TensorPrimitives.MultiplyAdd(block.Column((m * _classes) + d), (float)coefficient, scores, scores);
                    }
                }
            }
        }

        return SoftMax(block, count);
    }

    private double SoftMax(Block block, int count)
    {
        var maximum = _maximum.AsSpan(0, count);
        var total = _total.AsSpan(0, count);
        Scores(0, count).CopyTo(maximum);
        for (var c = 1; c < _classes; c++)
        {
            TensorPrimitives.Max(maximum, Scores(c, count), maximum);
        }

        total.Clear();
        var sum = 0.0;
        sum -= block.Soft is null ? OfLabels(block, maximum) : OfSoft(block, maximum);

        for (var c = 0; c < _classes; c++)
        {
            var scores = Scores(c, count);
            TensorPrimitives.Subtract(scores, maximum, scores);
            TensorPrimitives.Exp(scores, scores);
            TensorPrimitives.Add(total, scores, total);
        }

        for (var c = 0; c < _classes; c++)
        {
            TensorPrimitives.Divide(Scores(c, count), total, Scores(c, count));
        }

        TensorPrimitives.Log(total, total);
        return sum + TensorPrimitives.Dot<float>(total, block.Weights);
    }

    /// <summary>Weighted sum of the scores of the labels, above the largest ones.</summary>
    private double OfLabels(Block block, ReadOnlySpan<float> maximum)
    {
        var sum = 0.0;
        for (var i = 0; i < maximum.Length; i++)
        {
            sum += block.Weights[i] * (Scores(block.Labels[i], maximum.Length)[i] - maximum[i]);
        }

        return sum;
    }

    /// <summary>The same where every class counts by its probability.</summary>
    private double OfSoft(Block block, ReadOnlySpan<float> maximum)
    {
        var sum = 0.0;
        for (var c = 0; c < _classes; c++)
        {
            var scores = Scores(c, maximum.Length);
            var target = block.Target(c);
            for (var i = 0; i < maximum.Length; i++)
            {
                sum += (double)block.Weights[i] * target[i] * (scores[i] - maximum[i]);
            }
        }

        return sum;
    }

    private void Backward(Block block, bool mixing, Span<double> gradient)
    {
        var count = block.Labels.Length;
        for (var i = 0; i < count && block.Soft is null; i++)
        {
            Scores(block.Labels[i], count)[i] -= 1;
        }

        for (var c = 0; c < _classes; c++)
        {
            var residual = Scores(c, count);
            if (block.Soft is not null)
            {
                TensorPrimitives.Subtract(residual, block.Target(c), residual);
            }

            TensorPrimitives.Multiply(residual, block.Weights, residual);
            gradient[_members + c] += TensorPrimitives.Sum<float>(residual);
            for (var m = 0; m < _members; m++)
            {
                gradient[m] += TensorPrimitives.Dot<float>(residual, block.Column((m * _classes) + c));
                for (var d = 0; mixing && d < _classes; d++)
                {
                    gradient[_members + _classes + (((c * _members) + m) * _classes) + d] +=
                        TensorPrimitives.Dot<float>(residual, block.Column((m * _classes) + d));
                }
            }
        }
    }

    private Span<float> Scores(int @class, int count) => _scores.AsSpan(@class * BlockRows, count);

    private sealed record Block(float[] Columns, int[] Labels, float[] Weights, float[]? Soft)
    {
        /// <summary>Probability of a class in every row.</summary>
        public ReadOnlySpan<float> Target(int @class) => Soft.AsSpan(@class * Labels.Length, Labels.Length);

        public ReadOnlySpan<float> Column(int column) => Columns.AsSpan(column * Labels.Length, Labels.Length);
    }
}
