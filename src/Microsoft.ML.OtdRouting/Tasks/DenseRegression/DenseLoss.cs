namespace Microsoft.ML.OtdRouting;

/// <summary>What a router of maps minimises: the loss that it counts when an image goes to a route, from a predicted map p and a reference t.</summary>
public enum DenseLoss
{
    /// <summary>The mean of |p − t| / t over the pixels (AbsRel). For values above 0, such as depths.</summary>
    AbsoluteRelative,

    /// <summary>
    /// With d = ln p − ln t, the mean of d² less λ times the square of the mean of d, λ being <see cref="DenseRegressionTask.ScaleInvariance"/>
    /// (Eigen, Puhrsch and Fergus 2014, "Depth map prediction from a single image using a multi-scale deep network", equation 4). For values above 0.
    /// </summary>
    SquaredLogarithm,

    /// <summary>The mean of (p − t)² over the pixels, as a share of the variance of the references of the fitting data. For values of any sign.</summary>
    Squared,
}
