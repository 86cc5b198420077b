using System.Numerics;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Where a plane of an image goes among the planes of a model's input, as <c>pixel · Factor + Offset</c>.</summary>
/// <param name="Position">Which plane it becomes.</param>
/// <param name="Factor">Factor on its pixels.</param>
/// <param name="Offset">What is added to them then.</param>
internal readonly record struct TargetPlane(int Position, float Factor, float Offset)
{
    /// <summary>Red, green and blue as they are.</summary>
    public static ReadOnlySpan<TargetPlane> Rgb => AsTheyAre;

    private static readonly TargetPlane[] AsTheyAre = [new(0, 1, 0), new(1, 1, 0), new(2, 1, 0)];

    /// <summary>The plane in a target, of whose planes each has <paramref name="length"/> pixels.</summary>
    public Span<float> Of(Span<float> target, int length) => target.Slice(Position * length, length);

    /// <summary>Brings pixels to the scale.</summary>
    public void Scale(ReadOnlySpan<float> source, Span<float> target)
    {
        if (this is { Factor: 1, Offset: 0 })
        {
            source.CopyTo(target);
            return;
        }

        var offset = new Vector<float>(Offset);
        var i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            ((new Vector<float>(source[i..]) * Factor) + offset).CopyTo(target[i..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = (source[i] * Factor) + Offset;
        }
    }
}
