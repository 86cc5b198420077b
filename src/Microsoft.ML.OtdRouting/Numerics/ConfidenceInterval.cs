namespace Microsoft.ML.OtdRouting;

/// <summary>An interval that holds a mean with 95 % confidence, by the bootstrap over rows. NaN where there is nothing to measure.</summary>
/// <param name="Low">Lower bound: the 2.5 % quantile.</param>
/// <param name="High">Upper bound: the 97.5 % quantile.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    /// <summary>The interval where there is nothing to measure.</summary>
    internal static ConfidenceInterval None { get; } = new(double.NaN, double.NaN);
}
