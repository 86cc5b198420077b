namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// Linear interpolation along one axis with half-pixel centres: place i of the target lies at (i + ½) · from / to − ½ of the source, and beyond the
/// outermost centres the outermost values go on. As ONNX <c>Resize</c> has it with <c>half_pixel</c> and <c>linear</c>.
/// </summary>
internal sealed class BilinearAxis
{
    private readonly int[] _low;
    private readonly int[] _high;
    private readonly float[] _part;

    /// <param name="from">Places of the source.</param>
    /// <param name="to">Places of the target.</param>
    public BilinearAxis(int from, int to)
    {
        From = from;
        (_low, _high, _part) = (new int[to], new int[to], new float[to]);
        for (var i = 0; i < to; i++)
        {
            var place = Math.Clamp(((i + 0.5) * from / to) - 0.5, 0, from - 1);
            _low[i] = (int)place;
            _high[i] = Math.Min(_low[i] + 1, from - 1);
            _part[i] = (float)(place - _low[i]);
        }
    }

    /// <summary>Places of the source.</summary>
    public int From { get; }

    /// <summary>Places of the target.</summary>
    public int To => _low.Length;

    /// <summary>The source's places on both sides of a place of the target, and the part of the way from the first to the second.</summary>
    public (int Low, int High, float Part) this[int place] => (_low[place], _high[place], _part[place]);

    /// <summary>The interpolation as a matrix, to × from.</summary>
    public float[] ToMatrix()
    {
        var matrix = new float[To * From];
        for (var i = 0; i < To; i++)
        {
            matrix[(i * From) + _low[i]] += 1 - _part[i];
            matrix[(i * From) + _high[i]] += _part[i];
        }

        return matrix;
    }
}
