using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Turns the log-probabilities of the resolutions of one route into one prediction: a logarithmic opinion pool,
/// <c>p = softmax(b + Σ_m (v_m·I + Δ_m) ℓ_m)</c>.
/// </summary>
/// <remarks>
/// With one member this is Dirichlet calibration (Kull et al. 2019, "Beyond temperature scaling"); with several it is stacking on the scale on
/// which classifiers are linear. A member's matrix lets one resolution correct the confusions of another, which a weighted mean of
/// probabilities cannot.
/// </remarks>
internal sealed class LogPool
{
    private readonly float[] _weights;
    private readonly float[]? _mixing;
    private readonly float[] _bias;

    /// <param name="weights">v, one number a member.</param>
    /// <param name="bias">b, one number a class.</param>
    /// <param name="mixing">Δ: for every class a row over (member, class); null for none.</param>
    public LogPool(float[] weights, float[] bias, float[]? mixing)
    {
        _weights = weights;
        _bias = bias;
        _mixing = mixing;
    }

    public IReadOnlyList<float> Weights => _weights;

    public IReadOnlyList<float> Bias => _bias;

    /// <summary>Δ, or null.</summary>
    public float[]? Mixing => _mixing;

    /// <summary>A pool without bias whose members weigh the same.</summary>
    public static LogPool Uniform(int members, int classes) =>
        new(Enumerable.Repeat(1f / members, members).ToArray(), new float[classes], null);

    /// <summary>Pools the members.</summary>
    /// <param name="logProbabilities">Members one after another, each one number a class.</param>
    /// <param name="probabilities">One number a class.</param>
    public void Combine(ReadOnlySpan<float> logProbabilities, Span<float> probabilities)
    {
        var classes = _bias.Length;
        _bias.CopyTo(probabilities);
        for (var m = 0; m < _weights.Length; m++)
        {
            TensorPrimitives.MultiplyAdd(logProbabilities.Slice(m * classes, classes), _weights[m], probabilities, probabilities);
        }

        if (_mixing is not null)
        {
            var length = _weights.Length * classes;
            for (var c = 0; c < classes; c++)
            {
                probabilities[c] += TensorPrimitives.Dot(logProbabilities[..length], _mixing.AsSpan(c * length, length));
            }
        }

        SoftMax.Apply(probabilities);
    }
}
