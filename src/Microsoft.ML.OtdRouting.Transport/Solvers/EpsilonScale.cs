namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>The unit in which a solver's ε is given.</summary>
public enum EpsilonScale
{
    /// <summary>ε is in units of loss.</summary>
    Absolute,

    /// <summary>ε is a fraction of the largest absolute loss, max|L|.</summary>
    FractionOfMaximumLoss,
}
