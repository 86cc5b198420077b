using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Finds directions around which embeddings gather: spherical k-means (Dhillon and Modha 2001), begun at images that are far from each other.</summary>
internal static class AnchorFit
{
    /// <summary>Most anchors.</summary>
    private const int MostAnchors = 32;

    /// <summary>More rows than this change no anchor that matters.</summary>
    private const int MostRows = 4_096;

    /// <summary>Least rows an anchor, in the mean.</summary>
    private const int RowsPerAnchor = 8;

    private const int Rounds = 12;

    /// <summary>How many times e the nearest anchor outweighs one at the mean cosine.</summary>
    private const float Contrast = 8;

    /// <summary>Finds the anchors.</summary>
    public static Anchors Fit(Observations observations, int resolution, int length, CancellationToken cancellationToken)
    {
        var step = (observations.Rows + MostRows - 1) / MostRows;
        var rows = Enumerable.Range(0, observations.Rows).Where(row => row % step == 0).ToArray();
        var vectors = new float[rows.Length * length];
        for (var i = 0; i < rows.Length; i++)
        {
            observations.Kept(resolution, rows[i])[..length].CopyTo(vectors.AsSpan(i * length));
            UnitVectors.Normalise(vectors.AsSpan(i * length, length));
        }

        var count = Math.Clamp(rows.Length / RowsPerAnchor, 1, MostAnchors);
        var anchors = Farthest(vectors, length, count);
        var nearest = new int[rows.Length];
        for (var round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Parallel.For(0, rows.Length, i => nearest[i] = Nearest(vectors.AsSpan(i * length, length), anchors, out _));
            Move(vectors, length, nearest, anchors);
        }

        return new Anchors(anchors, length, Sharpness(vectors, length, anchors), Enumerable.Range(0, count).ToArray(), [], 0);
    }

    /// <summary>The first image, then the one whose nearest anchor is farthest, and so on.</summary>
    private static float[] Farthest(float[] vectors, int length, int count)
    {
        var images = vectors.Length / length;
        var anchors = new float[count * length];
        var nearest = new float[images];
        Array.Fill(nearest, float.NegativeInfinity);
        var next = 0;
        for (var a = 0; a < count; a++)
        {
            var anchor = anchors.AsSpan(a * length, length);
            vectors.AsSpan(next * length, length).CopyTo(anchor);
            for (var i = 0; i < images; i++)
            {
                nearest[i] = Math.Max(nearest[i], TensorPrimitives.Dot<float>(vectors.AsSpan(i * length, length), anchor));
            }

            next = TensorPrimitives.IndexOfMin<float>(nearest);
        }

        return anchors;
    }

    private static int Nearest(ReadOnlySpan<float> vector, float[] anchors, out float similarity)
    {
        var best = 0;
        similarity = float.NegativeInfinity;
        for (var a = 0; a < anchors.Length / vector.Length; a++)
        {
            var own = TensorPrimitives.Dot(vector, anchors.AsSpan(a * vector.Length, vector.Length));
            (best, similarity) = own > similarity ? (a, own) : (best, similarity);
        }

        return best;
    }

    /// <summary>Moves every anchor to the mean direction of its images; one without images stays.</summary>
    private static void Move(float[] vectors, int length, int[] nearest, float[] anchors)
    {
        var sums = new float[anchors.Length];
        for (var i = 0; i < nearest.Length; i++)
        {
            var sum = sums.AsSpan(nearest[i] * length, length);
            TensorPrimitives.Add(sum, vectors.AsSpan(i * length, length), sum);
        }

        for (var a = 0; a < anchors.Length / length; a++)
        {
            var sum = sums.AsSpan(a * length, length);
            if (TensorPrimitives.SumOfSquares<float>(sum) > 0)
            {
                UnitVectors.Normalise(sum);
                sum.CopyTo(anchors.AsSpan(a * length));
            }
        }
    }

    private static float Sharpness(float[] vectors, int length, float[] anchors)
    {
        double gap = 0;
        var (images, count) = (vectors.Length / length, anchors.Length / length);
        for (var i = 0; i < images; i++)
        {
            var vector = vectors.AsSpan(i * length, length);
            Nearest(vector, anchors, out var similarity);
            var mean = 0.0;
            for (var a = 0; a < count; a++)
            {
                mean += TensorPrimitives.Dot<float>(vector, anchors.AsSpan(a * length, length)) / count;
            }

            gap += (similarity - mean) / images;
        }

        return gap > 1e-6 ? (float)(Contrast / gap) : 1;
    }
}
