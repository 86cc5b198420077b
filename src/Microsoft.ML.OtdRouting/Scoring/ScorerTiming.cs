using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Measures how long a scorer takes for an image on this machine.</summary>
internal static class ScorerTiming
{
    private const int Repetitions = 7;
    private const int MostImages = 256;

    /// <summary>Milliseconds an image, resizing included, at the batch size at which that is least: the median of several runs.</summary>
    public static double MillisecondsPerImage(ResolutionScorer scorer, int imageLength, CancellationToken cancellationToken)
    {
        using var batch = new ScorerBatch(scorer, scorer.MaxBatch);
        // Noise, not a blank image: some kernels are faster on zeros. The pattern is fixed.
        var pixels = new float[imageLength];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (i * 7919L) % 256;
        }

        var best = double.PositiveInfinity;
        for (var size = 1; size <= Math.Min(scorer.MaxBatch, MostImages); size = Next(size, scorer.MaxBatch))
        {
            var times = new double[Repetitions];
            // The first run of a shape allocates and chooses kernels.
            for (var run = -1; run < Repetitions; run++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var started = Stopwatch.GetTimestamp();
                for (var place = 0; place < size; place++)
                {
                    batch.SetImage(place, pixels);
                }

                batch.Run(size);
                times[Math.Max(run, 0)] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }

            Array.Sort(times);
            best = Math.Min(best, times[Repetitions / 2] / size);
        }

        return best;
    }

    /// <summary>The next power of two, and the largest batch itself at the end.</summary>
    private static int Next(int size, int most) => size < most && 2 * size > most ? most : 2 * size;
}
