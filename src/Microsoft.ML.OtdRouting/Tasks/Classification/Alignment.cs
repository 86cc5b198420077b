using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Brings what a resolution says closer to what the most expensive one would say of the image: <c>z + b + Bᵀ(D·z)</c>, of logits z about their
/// mean, with an offset a class and a matrix of low rank. A network that was trained at one size is biased at others, in the same way for many images.
/// </summary>
/// <remarks>
/// Every fold has corrections of its own, fitted without its images; answers to new images come from those that are fitted to all. The directions
/// D are those in which the outputs of the resolution vary most, and know nothing of what is learned.
/// </remarks>
internal sealed class Alignment
{
    private readonly float[] _directions;
    private readonly Correction[] _corrections;
    private readonly int _classes;

    /// <param name="directions">D, rank × classes.</param>
    /// <param name="corrections">Those of the folds, then those fitted to all images.</param>
    public Alignment(float[] directions, Correction[] corrections)
    {
        _directions = directions;
        _corrections = corrections;
        _classes = corrections[0].Offset.Length;
        Rank = directions.Length / _classes;
    }

    /// <summary>Number of directions; 0 where offsets are all there is.</summary>
    public int Rank { get; }

    public ReadOnlySpan<float> Directions => _directions;

    /// <summary>Those of the folds, then those fitted to all images.</summary>
    public IReadOnlyList<Correction> Corrections => _corrections;

    /// <summary>Rounds numbers to half precision, in which they are saved: more digits would mean nothing.</summary>
    public static float[] Round(float[] numbers)
    {
        var halves = new Half[numbers.Length];
        TensorPrimitives.ConvertToHalf(numbers, halves);
        TensorPrimitives.ConvertToSingle(halves, numbers);
        return numbers;
    }

    /// <summary>Corrects logits in place.</summary>
    /// <param name="correction">One of <see cref="Corrections"/>.</param>
    /// <param name="logits">One number a class.</param>
    public void Apply(Correction correction, Span<float> logits)
    {
        // A number that is added to all of them means nothing, but rounded directions would make something of it.
        TensorPrimitives.Subtract(logits, TensorPrimitives.Sum<float>(logits) / logits.Length, logits);
        Span<float> along = stackalloc float[Rank];
        for (var j = 0; j < Rank; j++)
        {
            along[j] = TensorPrimitives.Dot<float>(logits, _directions.AsSpan(j * _classes, _classes));
        }

        TensorPrimitives.Add(logits, correction.Offset, logits);
        for (var j = 0; j < Rank; j++)
        {
            TensorPrimitives.MultiplyAdd(correction.Matrix.AsSpan(j * _classes, _classes), along[j], logits, logits);
        }
    }
}

/// <summary>What is added to logits.</summary>
/// <param name="Offset">b, one number a class.</param>
/// <param name="Matrix">B, rank × classes.</param>
internal sealed record Correction(float[] Offset, float[] Matrix);
