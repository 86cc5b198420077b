namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>Numbers that were measured again and again, such as a difference on many random splits.</summary>
internal sealed class Sample
{
    /// <summary>0.975 quantiles of Student's distribution with 1, 2, … degrees of freedom.</summary>
    private static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    ];

    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public double Mean => _values.Average();

    public double Deviation
    {
        get
        {
            var mean = Mean;
            return Math.Sqrt(_values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, _values.Count - 1));
        }
    }

    /// <summary>Half the width of the 95 % interval of the mean.</summary>
    public double HalfWidth => _values.Count < 2
        ? double.NaN
        : Deviation / Math.Sqrt(_values.Count) * (_values.Count - 2 < Quantiles.Length ? Quantiles[_values.Count - 2] : 1.96);

    /// <summary>Lower end of the 95 % interval of the mean.</summary>
    public double Lower => Mean - HalfWidth;

    /// <summary>The largest absolute value.</summary>
    public double Largest => _values.Max(Math.Abs);

    public void Add(double value) => _values.Add(value);

    public double ShareOf(Func<double, bool> condition) => (double)_values.Count(condition) / _values.Count;

    /// <summary>Mean and interval of a difference of accuracies, in percentage points; one number alone has no interval.</summary>
    public string ToPoints() => _values.Count switch
    {
        0 => "–",
        1 => Report.Signed(100 * Mean, 2),
        _ => $"{Report.Signed(100 * Mean, 2)} ± {100 * HalfWidth:0.00}",
    };
}
