namespace Microsoft.ML.OtdRouting;

/// <summary>What a router counts as cost: the unit of its budget, of the costs of its routes and of its cost column.</summary>
public enum CostUnit
{
    /// <summary>Floating-point operations, 2 for each multiply-add of convolutions and matrix products. The same on every machine.</summary>
    Flops,

    /// <summary>Milliseconds an image, as measured on the machine and at the time of the fit.</summary>
    Milliseconds,
}
