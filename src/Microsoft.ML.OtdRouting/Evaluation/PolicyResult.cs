namespace Microsoft.ML.OtdRouting;

/// <summary>Quality and mean cost of one way to answer for a data set, beside those of the router.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Quality">The task's primary measure, such as the accuracy: more is better. NaN where there is no truth to measure against.</param>
/// <param name="MeanCost">Mean cost of a row that it really had, in the router's unit of cost; where the router's cost buys it nothing, less than that.</param>
public sealed record PolicyResult(string Name, double Quality, double MeanCost)
{
    /// <summary>Quality of the router minus <see cref="Quality"/>, over the rows whose truth is known; NaN where there are none.</summary>
    public double Difference { get; init; } = double.NaN;

    /// <summary>
    /// 95 % interval of <see cref="Difference"/>, paired: by the bootstrap over rows of the difference on each row. What is left to chance by a policy,
    /// such as which rows a mix sends where, counts with its mean on each row.
    /// </summary>
    public ConfidenceInterval DifferenceInterval { get; init; } = ConfidenceInterval.None;

    /// <summary>Whether the rows tell the router and this apart: <see cref="DifferenceInterval"/> does not hold 0. False where there is no truth.</summary>
    public bool IsToldApart => DifferenceInterval.Low > 0 || DifferenceInterval.High < 0;
}
