using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// What the first look says: the direction of its embedding, the logarithm of its length, and where it stands among anchors, directions around which
/// the fitting images gather: the parts that the anchors have in it (a softmax of its cosines), the largest three of them with their logarithms,
/// their margin, their entropy and the logarithm of the doubt.
/// </summary>
/// <param name="directions">Anchors of the length one, anchors × numbers of the first look's embedding.</param>
/// <param name="length">Numbers of the first look's embedding.</param>
/// <param name="sharpness">What cosines are multiplied by ahead of the softmax; positive.</param>
internal sealed class Anchors(float[] directions, int length, float sharpness)
{
    /// <summary>Parts below this are all the same to a policy.</summary>
    public const float LeastPart = 1e-4f;

    /// <summary>Number of sorted parts.</summary>
    public const int Top = 3;

    /// <summary>Numbers beside direction and parts: length, sorted parts and their logarithms, margin, entropy, doubt.</summary>
    private const int Others = 1 + (2 * Top) + 3;

    /// <summary>Number of anchors.</summary>
    public int Count => directions.Length / length;

    /// <summary>Anchors of the length one, anchors × numbers of the first look's embedding.</summary>
    public float[] Directions => directions;

    /// <summary>Numbers of the first look's embedding.</summary>
    public int Length => length;

    /// <summary>What cosines are multiplied by ahead of the softmax.</summary>
    public float Sharpness => sharpness;

    /// <summary>Numbers per image.</summary>
    public int FeatureCount => length + Count + Others;

    /// <summary>Finds the anchors of the first look's embeddings.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">Says what is kept of them.</param>
    /// <param name="firstLook">The resolution.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Anchors Fit(Observations observations, BoundEmbedding task, int firstLook, CancellationToken cancellationToken) =>
        AnchorFit.Fit(observations, firstLook, task.KeptLength(firstLook), cancellationToken);

    /// <summary>Writes the features of an image.</summary>
    /// <param name="kept">What is kept of the first look.</param>
    /// <param name="target"><see cref="FeatureCount"/> numbers.</param>
    public void Describe(ReadOnlySpan<float> kept, Span<float> target)
    {
        var direction = target[..length];
        kept[..length].CopyTo(direction);
        target[length] = MathF.Log(MathF.Max(TensorPrimitives.Norm<float>(direction), UnitVectors.LeastLength));
        UnitVectors.Normalise(direction);
        var parts = target.Slice(length + 1, Count);
        for (var a = 0; a < Count; a++)
        {
            parts[a] = sharpness * TensorPrimitives.Dot<float>(direction, directions.AsSpan(a * length, length));
        }

        TensorPrimitives.SoftMax<float>(parts, parts);
        Summarise(parts, target[(length + 1 + Count)..]);
    }

    private static void Summarise(ReadOnlySpan<float> parts, Span<float> target)
    {
        Span<float> top = stackalloc float[Top];
        top.Clear();
        var entropy = 0f;
        foreach (var part in parts)
        {
            entropy -= part * MathF.Log(MathF.Max(part, LeastPart));
            var value = part;
            for (var t = 0; t < Top; t++)
            {
                if (value > top[t])
                {
                    (top[t], value) = (value, top[t]);
                }
            }
        }

        for (var t = 0; t < Top; t++)
        {
            target[t] = top[t];
            target[Top + t] = MathF.Log(MathF.Max(top[t], LeastPart));
        }

        target[2 * Top] = top[0] - top[1];
        target[(2 * Top) + 1] = entropy;
        target[(2 * Top) + 2] = MathF.Log(MathF.Max(1 - top[0], LeastPart));
    }
}
