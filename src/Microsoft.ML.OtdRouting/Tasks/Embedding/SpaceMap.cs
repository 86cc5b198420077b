using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Brings the embeddings of a resolution into the space of the largest one: <c>A·x + b</c>.</summary>
/// <param name="matrix">A, outputs × inputs.</param>
/// <param name="offset">b.</param>
internal sealed class SpaceMap(float[] matrix, float[] offset)
{
    /// <summary>A, outputs × inputs.</summary>
    public float[] Matrix => matrix;

    /// <summary>b, one number an output.</summary>
    public float[] Offset => offset;

    /// <summary>Numbers of an embedding of the resolution.</summary>
    public int Inputs { get; } = matrix.Length / offset.Length;

    /// <summary>Maps an embedding.</summary>
    /// <param name="source"><see cref="Inputs"/> numbers.</param>
    /// <param name="target">Takes as many numbers as an embedding of the largest resolution has; apart from <paramref name="source"/>.</param>
    public void Apply(ReadOnlySpan<float> source, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = offset[i] + TensorPrimitives.Dot(matrix.AsSpan(i * source.Length, source.Length), source);
        }
    }
}

/// <summary>The map of a resolution.</summary>
/// <param name="Deployed">Fitted to all rows.</param>
/// <param name="ByFold">For every fold, the map fitted to the rows of the other folds; empty in a loaded router.</param>
internal sealed record FoldedMap(SpaceMap Deployed, IReadOnlyList<SpaceMap> ByFold);
