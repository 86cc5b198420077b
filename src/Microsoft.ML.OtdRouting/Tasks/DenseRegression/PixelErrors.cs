namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>How far a map is from its reference: sums over the pixels that have a value.</summary>
internal struct PixelErrors
{
    public const string AbsoluteRelativeName = "AbsRel";
    public const string RootName = "RMSE";
    public const string WithinName = "delta < 1.25";
    public const string SquaredLogarithmName = "squared logarithm";
    public const string SquaredName = "squared error";

    /// <summary>δ: the ratio within which a value counts as right (Eigen et al. 2014).</summary>
    private const float Within = 1.25f;

    private double _relative;
    private double _squares;
    private double _logarithms;
    private double _squaredLogarithms;
    private int _within;

    /// <summary>Pixels with a value.</summary>
    public int Count { get; private set; }

    /// <summary>Mean of |p − t| / t.</summary>
    public readonly double AbsoluteRelative => _relative / Count;

    /// <summary>Mean of (p − t)².</summary>
    public readonly double Squared => _squares / Count;

    /// <summary>Share of the pixels where p is within 25 % of t either way.</summary>
    public readonly double WithinShare => (double)_within / Count;

    /// <summary>Name of the primary measure: one less the loss, relative or squared, so that more is better.</summary>
    public static string QualityName(DenseRegressionTask task) =>
        $"1 - {(task.IsOfRatios ? AbsoluteRelativeName : SquaredName)}{(task.TargetColumnName is null ? " to the largest" : "")}";

    /// <summary>The primary measure. Of ratios it is at least 0: what is further off than by all of the value is as wrong as can be.</summary>
    public readonly double Quality(DenseRegressionTask task, float variance) =>
        task.IsOfRatios ? Math.Max(0, 1 - AbsoluteRelative) : 1 - (Squared / variance);

    /// <summary>The loss of a task.</summary>
    public readonly double Loss(DenseRegressionTask task, float variance) => task.Loss switch
    {
        DenseLoss.AbsoluteRelative => AbsoluteRelative,
        DenseLoss.SquaredLogarithm => Math.Max(0, (_squaredLogarithms / Count) - (task.ScaleInvariance * (_logarithms / Count) * (_logarithms / Count))),
        _ => Squared / variance,
    };

    /// <summary>Compares a map with its reference.</summary>
    /// <param name="task">Whether ratios count, and logarithms.</param>
    /// <param name="map">The map.</param>
    /// <param name="reference">What it is held against; NaN where there is no value. Of ratios, values of 0 and less are none.</param>
    public static PixelErrors Of(DenseRegressionTask task, ReadOnlySpan<float> map, ReadOnlySpan<float> reference)
    {
        var errors = default(PixelErrors);
        var (ofRatios, ofLogarithms) = (task.IsOfRatios, task.Loss == DenseLoss.SquaredLogarithm);
        for (var i = 0; i < reference.Length; i++)
        {
            var (p, t) = (map[i], reference[i]);
            if (ofRatios ? t > 0 : !float.IsNaN(t))
            {
                errors.Add(p, t, ofRatios, ofLogarithms);
            }
        }

        return errors;
    }

    private void Add(float p, float t, bool ofRatios, bool ofLogarithms)
    {
        Count++;
        var difference = (double)p - t;
        _squares += difference * difference;
        if (!ofRatios)
        {
            return;
        }

        _relative += Math.Abs(difference) / t;
        _within += p < Within * t && t < Within * p ? 1 : 0;
        if (ofLogarithms)
        {
            // A scale and an offset can bring a small value below 0, which has no logarithm.
            var logarithm = Math.Log(Math.Max(p, MapSummary.Least) / t);
            _logarithms += logarithm;
            _squaredLogarithms += logarithm * logarithm;
        }
    }
}
