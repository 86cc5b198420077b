namespace SceneParts;

/// <summary>Random numbers that follow from a seed, the same everywhere: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").</summary>
/// <param name="seed">The seed.</param>
public sealed class SceneRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to below 1.</summary>
    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A number from a range.</summary>
    public double Next(double least, double most) => least + ((most - least) * Next());

    /// <summary>A whole number from 0 to below a limit.</summary>
    public int Next(int limit) => (int)(Next() * limit);

    /// <summary>A number from 0 to below 1 that belongs to a seed and a place.</summary>
    public static double Of(uint seed, long x, long y, long z) =>
        (Mix(Mix(Mix(Mix(seed) ^ (ulong)x) ^ (ulong)y) ^ (ulong)z) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
