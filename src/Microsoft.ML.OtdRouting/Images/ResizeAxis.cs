namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// The antialiased bilinear filter along one axis: for every target position a run of source positions and their weights, which sum to one.
/// Positions are computed in double precision.
/// </summary>
/// <remarks>Immutable and safe for concurrent use.</remarks>
internal sealed class ResizeAxis
{
    private readonly int[] _start;
    private readonly float[][] _taps;

    /// <summary>The filter between two lengths, in pixels.</summary>
    public ResizeAxis(int source, int target)
    {
        Source = source;
        Target = target;
        _start = new int[target];
        _taps = new float[target][];
        var scale = (double)source / target;
        var radius = Math.Max(1, scale);
        for (var i = 0; i < target; i++)
        {
            var centre = (i + 0.5) * scale;
            var start = Math.Max(0, (int)Math.Floor(centre - radius + 0.5));
            var end = Math.Min(source, (int)Math.Floor(centre + radius + 0.5));
            var row = new double[end - start];
            for (var t = 0; t < row.Length; t++)
            {
                row[t] = Math.Max(0, 1 - (Math.Abs(start + t - centre + 0.5) / radius));
            }

            var sum = row.Sum();
            // Positions just at the triangle's edges have no weight: where sizes divide each other, that is a part of the work.
            var first = Array.FindIndex(row, w => w > 0);
            var last = Array.FindLastIndex(row, w => w > 0);
            _start[i] = start + first;
            _taps[i] = Array.ConvertAll(row[first..(last + 1)], w => (float)(w / sum));
        }
    }

    /// <summary>Source positions.</summary>
    public int Source { get; }

    /// <summary>Target positions.</summary>
    public int Target { get; }

    /// <summary>The first source position with a weight; never falls with the target position.</summary>
    public int Start(int target) => _start[target];

    /// <summary>The weights from <see cref="Start"/> on; at least one.</summary>
    public ReadOnlySpan<float> Taps(int target) => _taps[target];

    /// <summary>One behind the last source position with a weight; never falls with the target position.</summary>
    public int End(int target) => _start[target] + _taps[target].Length;

    /// <summary>The weight of a source position, which is zero for most.</summary>
    public float Weight(int target, int source)
    {
        var tap = source - _start[target];
        return tap >= 0 && tap < _taps[target].Length ? _taps[target][tap] : 0;
    }
}
