using System.Buffers;
using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// What the first look says: the direction of its embedding, the logarithm of its length, and where it stands among anchors, by the parts that they
/// have in it: a softmax of its cosines, summed over anchors of one group. Of the parts also the largest three with their logarithms, their margin,
/// their entropy and the logarithm of the doubt.
/// </summary>
/// <remarks>
/// With labels the anchors are fitting images and a group has those of a label: the parts are the votes of an image's neighbours. Every image is
/// described by anchors of other folds than its own, so that no fitting image finds itself, and an image in use is described as a fitting image was.
/// Without labels the anchors are directions around which the fitting images gather, each a group of its own.
/// </remarks>
/// <param name="directions">Anchors of the length one, anchors × numbers of the first look's embedding.</param>
/// <param name="length">Numbers of the first look's embedding.</param>
/// <param name="sharpness">What cosines are multiplied by ahead of the softmax; positive.</param>
/// <param name="groups">The group of every anchor, from 0.</param>
/// <param name="folds">The fold of every anchor; empty where they describe images of all folds.</param>
/// <param name="foldCount">Number of folds.</param>
internal sealed class Anchors(float[] directions, int length, float sharpness, int[] groups, int[] folds, int foldCount)
{
    /// <summary>Parts below this are all the same to a policy.</summary>
    public const float LeastPart = 1e-4f;

    /// <summary>Number of sorted parts.</summary>
    public const int Top = 3;

    /// <summary>Numbers beside direction and parts: length, sorted parts and their logarithms, margin, entropy, doubt.</summary>
    private const int Others = 1 + (2 * Top) + 3;

    /// <summary>Number of anchors.</summary>
    public int Count => groups.Length;

    /// <summary>Number of groups.</summary>
    public int GroupCount { get; } = groups.Max() + 1;

    /// <summary>Anchors of the length one, anchors × numbers of the first look's embedding.</summary>
    public float[] Directions => directions;

    /// <summary>Numbers of the first look's embedding.</summary>
    public int Length => length;

    /// <summary>What cosines are multiplied by ahead of the softmax.</summary>
    public float Sharpness => sharpness;

    /// <summary>The group of every anchor.</summary>
    public int[] Groups => groups;

    /// <summary>The fold of every anchor; empty where they describe images of all folds.</summary>
    public int[] Folds => folds;

    /// <summary>Number of folds; null where folds do not matter.</summary>
    public int? FoldCount => folds.Length > 0 ? foldCount : null;

    /// <summary>Numbers per image.</summary>
    public int FeatureCount => length + GroupCount + Others;

    /// <summary>Writes the features of an image.</summary>
    /// <param name="kept">What is kept of the first look.</param>
    /// <param name="fold">The image's fold.</param>
    /// <param name="target"><see cref="FeatureCount"/> numbers.</param>
    public void Describe(ReadOnlySpan<float> kept, int fold, Span<float> target)
    {
        var direction = target[..length];
        kept[..length].CopyTo(direction);
        target[length] = MathF.Log(MathF.Max(TensorPrimitives.Norm<float>(direction), UnitVectors.LeastLength));
        UnitVectors.Normalise(direction);
        var parts = target.Slice(length + 1, GroupCount);
        Share(direction, fold, parts);
        Summarise(parts, target[(length + 1 + GroupCount)..]);
    }

    /// <summary>The parts of the groups in an image.</summary>
    /// <param name="direction">Embedding of the first look, of the length one.</param>
    /// <param name="fold">The image's fold, whose anchors have no part.</param>
    /// <param name="parts">One number a group; their sum is one.</param>
    public void Share(ReadOnlySpan<float> direction, int fold, Span<float> parts)
    {
        var rented = ArrayPool<float>.Shared.Rent(Count);
        try
        {
            var cosines = rented.AsSpan(0, Count);
            for (var a = 0; a < Count; a++)
            {
                cosines[a] = folds.Length > 0 && folds[a] == fold
                    ? float.NegativeInfinity
                    : sharpness * TensorPrimitives.Dot(direction, directions.AsSpan(a * length, length));
            }

            TensorPrimitives.Subtract(cosines, TensorPrimitives.Max<float>(cosines), cosines);
            TensorPrimitives.Exp<float>(cosines, cosines);
            parts.Clear();
            for (var a = 0; a < Count; a++)
            {
                parts[groups[a]] += cosines[a];
            }

            TensorPrimitives.Divide(parts, TensorPrimitives.Sum<float>(parts), parts);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
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
