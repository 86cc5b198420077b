namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>
/// Random numbers of one image in one epoch, which follow from seed, epoch and image alone: whatever is trained before, at the same time or after a pause. SplitMix64
/// (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
/// </summary>
internal struct ImageRandom
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state;

    public ImageRandom(int seed, int epoch, int image)
    {
        _state = (ulong)(uint)seed;
        _state = Next() ^ (uint)epoch;
        _state = Next() ^ (uint)image;
    }

    /// <summary>From 0, below 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0, below <paramref name="count"/>.</summary>
    public int Next(int count) => (int)(NextDouble() * count);

    /// <summary>From 1 − <paramref name="range"/> to 1 + <paramref name="range"/>.</summary>
    public float Around1(double range) => (float)(1 + (range * ((2 * NextDouble()) - 1)));

    private ulong Next()
    {
        var z = _state += Step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
