using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// What the cheapest resolution says: the log-probability of every class, the largest probabilities and their logarithms, the margin, the
/// entropy, the logarithm of the doubt, and the embedding if the model has one.
/// </summary>
internal sealed class LowestResolutionFeatures : FeatureExtractor
{
    /// <summary>With more classes than this, single classes are too rare to learn from: only the sorted probabilities are used.</summary>
    private const int MaxSingleClasses = 64;

    /// <summary>Probabilities below this are all the same to a policy.</summary>
    internal const float LeastProbability = 1e-4f;

    private readonly ModelOutputKind _kind;
    private readonly int _classes;
    private readonly int _embedding;
    private readonly int _top;
    private readonly bool _singleClasses;
    private readonly ThreadLocal<float[]> _scratch;

    /// <param name="cheapest">The scorer that runs for every image.</param>
    /// <param name="withEmbedding">Whether to use the embedding, if the model has one.</param>
    public LowestResolutionFeatures(ResolutionScorer cheapest, bool withEmbedding = true)
    {
        _kind = cheapest.Resolution.OutputKind;
        _classes = cheapest.ClassCount;
        _embedding = withEmbedding ? cheapest.EmbeddingLength : 0;
        _top = Math.Min(3, _classes);
        _singleClasses = _classes <= MaxSingleClasses;
        _scratch = new ThreadLocal<float[]>(() => new float[2 * _classes]);
    }

    /// <summary>Number of classes when single log-probabilities are features, else 0.</summary>
    public int SingleClasses => _singleClasses ? _classes : 0;

    /// <summary>Whether the embedding is among the features.</summary>
    public bool HasEmbedding => _embedding > 0;

    /// <summary>Number of sorted probabilities.</summary>
    public int Top => _top;

    public override bool NeedsLowestResolution => true;

    public override int Count => (_singleClasses ? _classes : 0) + (2 * _top) + 3 + _embedding;

    public override void Prepare(ScoringWindow window, ReadOnlySpan<int> slots, CancellationToken cancellationToken) =>
        window.Score(0, slots, cancellationToken);

    public override void Extract(ScoringWindow window, int slot, Span<float> target)
    {
        Describe(window.Output(0, slot), target);
        if (HasEmbedding)
        {
            window.Embedding(slot).CopyTo(target[(Count - _embedding)..]);
        }
    }

    /// <summary>Writes all features but the embedding.</summary>
    /// <param name="output">Raw output of the scorer.</param>
    /// <param name="target">The features.</param>
    public void Describe(ReadOnlySpan<float> output, Span<float> target)
    {
        var scratch = _scratch.Value!;
        var probabilities = scratch.AsSpan(0, _classes);
        var logarithms = scratch.AsSpan(_classes);
        LogProbabilities.Compute(_kind, 1, output, logarithms);
        TensorPrimitives.Exp(logarithms, probabilities);
        var next = 0;
        if (_singleClasses)
        {
            logarithms.CopyTo(target);
            next = _classes;
        }

        Summarise(probabilities, logarithms, target[next..]);
    }

    public override FeatureCalibration? CalibrateTo(EnsembleFit ensembles) => _singleClasses
        ? new FeatureCalibration(this, ensembles.Deployed.InverseTemperatures[0], ensembles.ByFold.Select(e => e.Pools[0]).ToArray())
        : null;

    /// <summary>Writes the largest probabilities and their logarithms, the margin, the entropy and the logarithm of the doubt.</summary>
    public void Summarise(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> logarithms, Span<float> target)
    {
        Span<float> top = stackalloc float[3];
        top.Clear();
        foreach (var p in probabilities)
        {
            InsertDescending(top, p);
        }

        for (var t = 0; t < _top; t++)
        {
            target[t] = top[t];
            target[_top + t] = MathF.Log(MathF.Max(top[t], LeastProbability));
        }

        target[2 * _top] = top[0] - top[1];
        target[(2 * _top) + 1] = -TensorPrimitives.Dot(probabilities, logarithms);
        target[(2 * _top) + 2] = MathF.Log(MathF.Max(1 - top[0], LeastProbability));
    }

    private static void InsertDescending(Span<float> top, float value)
    {
        for (var t = 0; t < top.Length; t++)
        {
            if (value > top[t])
            {
                (top[t], value) = (value, top[t]);
            }
        }
    }
}
