using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>The likelihood of pools without matrices on the <see cref="LikelyClasses"/> of some rows.</summary>
internal sealed class SparseLogPoolLikelihood : IPoolLikelihood
{
    private readonly LikelyClasses _likely;
    private readonly LogProbabilityTable _table;
    private readonly int[] _rows;
    private readonly int[] _members;
    private float[] _scores = [];

    /// <param name="table">Weights of the rows.</param>
    /// <param name="likely">Their likely classes.</param>
    /// <param name="route">The route.</param>
    /// <param name="rows">The rows.</param>
    public SparseLogPoolLikelihood(LogProbabilityTable table, LikelyClasses likely, Route route, int[] rows)
    {
        _table = table;
        _likely = likely;
        _rows = rows;
        _members = route.Resolutions.Select(likely.PlaceOf).ToArray();
        Weight = rows.Sum(row => (double)table.Weight(row));
    }

    public int Rows => _rows.Length;

    public double Weight { get; }

    public int ParameterCount(bool mixing) => mixing
        ? throw new NotSupportedException("Pools of many classes have no matrices.")
        : _members.Length + _table.Classes;

    public double Mean(ReadOnlySpan<double> parameters)
    {
        var sum = 0.0;
        foreach (var row in _rows)
        {
            sum += _table.Weight(row) * Forward(_likely[row], parameters);
        }

        return sum / Weight;
    }

    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, PoolPenalty penalty)
    {
        gradient.Clear();
        var (sum, members) = (0.0, _members.Length);
        foreach (var row in _rows)
        {
            var (likely, weight) = (_likely[row], _table.Weight(row));
            sum += weight * Forward(likely, parameters);
            var residual = _scores.AsSpan(0, likely.Length);
            TensorPrimitives.Subtract(residual, likely.Target, residual);
            for (var m = 0; m < members; m++)
            {
                gradient[m] += weight * TensorPrimitives.Dot(residual, likely.Of(_members[m]));
            }

            for (var i = 0; penalty.HasBias && i < likely.Classes.Length; i++)
            {
                gradient[members + likely.Classes[i]] += weight * residual[i];
            }
        }

        TensorPrimitives.Divide(gradient, Weight, gradient);
        return (sum / Weight) + PoolPenalty.OfWeights(parameters[..members], gradient[..members], Rows)
            + (penalty.HasBias ? PoolPenalty.Of(parameters[members..], gradient[members..], penalty.Bias / Rows) : 0);
    }

    /// <summary>Negative log-likelihood of a row; leaves the probabilities in the scratch memory.</summary>
    private double Forward(LikelyClasses.Row row, ReadOnlySpan<double> parameters)
    {
        if (_scores.Length < row.Length)
        {
            _scores = new float[row.Length];
        }

        var scores = _scores.AsSpan(0, row.Length);
        for (var i = 0; i < row.Classes.Length; i++)
        {
            scores[i] = (float)parameters[_members.Length + row.Classes[i]];
        }

        if (row.Rest > 0)
        {
            scores[^1] = MathF.Log(row.Rest);
        }

        for (var m = 0; m < _members.Length; m++)
        {
            TensorPrimitives.MultiplyAdd(row.Of(_members[m]), (float)parameters[m], scores, scores);
        }

        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        var truth = TensorPrimitives.Dot<float>(scores, row.Target);
        TensorPrimitives.Exp(scores, scores);
        var total = TensorPrimitives.Sum<float>(scores);
        TensorPrimitives.Divide(scores, total, scores);
        return Math.Log(total) - truth;
    }
}
