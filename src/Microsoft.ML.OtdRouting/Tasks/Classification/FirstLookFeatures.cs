using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// What the first look says: the log-probability of every class, the largest probabilities and their logarithms, the margin, the entropy, the
/// logarithm of the doubt, and the embedding if the model has one. All but the first are restated in calibrated probabilities, those of the route
/// that consists of the first look alone: raw probabilities are a poor measure of doubt, calibrated ones nearly say how often a route errs.
/// </summary>
/// <remarks>
/// Every fold has a pool of its own, fitted to the other folds, and an image is always restated by the pool of its fold. So no image's features
/// have seen its label, and an image in use gets its features exactly as a fitting image did.
/// </remarks>
internal sealed class FirstLookFeatures
{
    /// <summary>With more classes than this, single classes are too rare to learn from: only the sorted probabilities are used.</summary>
    public const int MaxSingleClasses = 64;

    /// <summary>Probabilities below this are all the same to a policy.</summary>
    public const float LeastProbability = 1e-4f;

    private const int MostTop = 3;

    private readonly BoundClassification _task;
    private readonly int _resolution;
    private readonly int _classes;
    private readonly int _embedding;
    private readonly ThreadLocal<float[]> _scratch;

    /// <param name="task">Says what the outputs are.</param>
    /// <param name="resolution">The first look.</param>
    /// <param name="embedding">Length of the embedding; 0 for none.</param>
    /// <param name="inverseTemperature">1/T of the first look.</param>
    /// <param name="pools">For every fold, the pool of the route of the first look alone; null to leave the probabilities as they are.</param>
    public FirstLookFeatures(BoundClassification task, int resolution, int embedding, float inverseTemperature, LogPool[]? pools)
    {
        _task = task;
        _resolution = resolution;
        var classes = _classes = task.Classes.Count;
        _embedding = embedding;
        InverseTemperature = inverseTemperature;
        Pools = pools;
        Top = Math.Min(MostTop, classes);
        _scratch = new ThreadLocal<float[]>(() => new float[2 * classes]);
    }

    /// <summary>1/T of the first look.</summary>
    public float InverseTemperature { get; }

    /// <summary>For every fold, the pool that restates the probabilities; null where none does.</summary>
    public LogPool[]? Pools { get; }

    /// <summary>Number of classes when single log-probabilities are features, else 0.</summary>
    public int SingleClasses => _classes <= MaxSingleClasses ? _classes : 0;

    /// <summary>Floats of the embedding among the features; 0 for none.</summary>
    public int EmbeddingLength => _embedding;

    /// <summary>Number of sorted probabilities.</summary>
    public int Top { get; }

    /// <summary>Numbers per image.</summary>
    public int Count => SingleClasses + (2 * Top) + 3 + _embedding;

    /// <summary>The features of a first look with fitted ensembles.</summary>
    public static FirstLookFeatures Of(BoundClassification task, int firstLook, EnsembleFit ensembles)
    {
        var alone = ensembles.Deployed.Routes.TakeWhile(r => r.Resolutions.Count != 1 || r.Resolutions[0] != firstLook).Count();
        var pools = alone < ensembles.Deployed.Routes.Count
            ? ensembles.ByFold.Select(e => e.Pools[alone]).ToArray()
            : null;
        return new FirstLookFeatures(
            task, firstLook, task.EmbeddingLength(firstLook), ensembles.Deployed.InverseTemperatures[firstLook], pools);
    }

    /// <summary>Writes the features of an image.</summary>
    /// <param name="kept">Raw output and embedding of the first look.</param>
    /// <param name="fold">The image's fold.</param>
    /// <param name="target"><see cref="Count"/> numbers.</param>
    public void Describe(ReadOnlySpan<float> kept, int fold, Span<float> target)
    {
        var scratch = _scratch.Value!;
        var probabilities = scratch.AsSpan(0, _classes);
        var logarithms = scratch.AsSpan(_classes);
        _task.ReadLogits(_resolution, kept, logarithms);
        _task.Align(_resolution, AlignedBy.OtherFolds, fold, logarithms);
        LogProbabilities.Normalise(1, logarithms);
        logarithms[..SingleClasses].CopyTo(target);
        if (Pools is null)
        {
            TensorPrimitives.Exp(logarithms, probabilities);
        }
        else
        {
            LogProbabilities.Compute(ModelOutputKind.Logits, InverseTemperature, logarithms, logarithms);
            Pools[fold].Combine(logarithms, probabilities);
            TensorPrimitives.Log(probabilities, logarithms);
            TensorPrimitives.Max(logarithms, LogProbabilities.Least, logarithms);
        }

        Summarise(probabilities, logarithms, target[SingleClasses..]);
        kept.Slice(_classes, _embedding).CopyTo(target[(Count - _embedding)..]);
    }

    /// <summary>Writes the largest probabilities and their logarithms, the margin, the entropy and the logarithm of the doubt.</summary>
    private void Summarise(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> logarithms, Span<float> target)
    {
        Span<float> top = stackalloc float[MostTop];
        top.Clear();
        foreach (var p in probabilities)
        {
            InsertDescending(top, p);
        }

        for (var t = 0; t < Top; t++)
        {
            target[t] = top[t];
            target[Top + t] = MathF.Log(MathF.Max(top[t], LeastProbability));
        }

        target[2 * Top] = top[0] - top[1];
        target[(2 * Top) + 1] = -TensorPrimitives.Dot(probabilities, logarithms);
        target[(2 * Top) + 2] = MathF.Log(MathF.Max(1 - top[0], LeastProbability));
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
