namespace Microsoft.ML.OtdRouting;

/// <summary>What the predictor of a router is fitted to.</summary>
public enum RoutingObjective
{
    /// <summary>
    /// The losses of the routes, by least squares: <c>ℓ̂(x)</c>. The same predictor serves every budget. The default.
    /// </summary>
    Loss,

    /// <summary>
    /// The rows of the entropic transport plan between the fitting images and the routes, by cross-entropy, as OTD-Net does; with the plan's
    /// potentials g, <c>g − ε·ln π̂(x)</c> is a predicted loss again. It is most exact where the plan is undecided, so for a budget far from that of
    /// the fit it is better to fit anew.
    /// </summary>
    Plan,
}
