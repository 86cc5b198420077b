using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Measures how long a scorer takes for an image on this machine.</summary>
internal static class ScorerTiming
{
    private const int Repetitions = 7;
    private const int MostImages = 256;

    /// <summary>Noise, not a blank image: some kernels are faster on zeros. The pattern is fixed.</summary>
    public static float[] Noise(int imageLength)
    {
        var pixels = new float[imageLength];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (i * 7919L) % 256;
        }

        return pixels;
    }

    /// <summary>Milliseconds an image, resizing included, by batch size: of each the median of several runs.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="pixels">Images at the largest resolution, one after another; as many as there are go round and round.</param>
    /// <param name="imageLength">Floats of one image.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    public static BatchTimes Measure(ResolutionScorer scorer, ReadOnlySpan<float> pixels, int imageLength, CancellationToken cancellationToken)
    {
        using var batch = new ScorerBatch(scorer, Math.Min(scorer.MaxBatch, MostImages));
        BatchTimes? best = null;
        for (var size = 1; size <= batch.Capacity; size = Next(size, batch.Capacity))
        {
            var times = new double[Repetitions];
            // The first run of a shape allocates and chooses kernels.
            for (var run = -1; run < Repetitions; run++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                times[Math.Max(run, 0)] = Run(batch, size, pixels, imageLength).TotalMilliseconds;
            }

            Array.Sort(times);
            var time = times[Repetitions / 2] / size;
            best = best is null ? new BatchTimes(time, time, size) : time < best.Best ? best with { Best = time, BestBatch = size } : best;
        }

        return best!;
    }

    private static TimeSpan Run(ScorerBatch batch, int size, ReadOnlySpan<float> pixels, int imageLength)
    {
        var images = pixels.Length / imageLength;
        var started = Stopwatch.GetTimestamp();
        for (var place = 0; place < size; place++)
        {
            batch.SetImage(place, pixels.Slice(place % images * imageLength, imageLength));
        }

        batch.Run(size);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>The next power of two, and the largest batch itself at the end.</summary>
    private static int Next(int size, int most) => size < most && 2 * size > most ? most : 2 * size;
}
