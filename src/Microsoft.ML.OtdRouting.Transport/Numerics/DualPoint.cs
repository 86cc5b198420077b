namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>A concave dual function at one point: value, gradient, negative Hessian and the optimality residual.</summary>
internal sealed class DualPoint
{
    public required double[] X { get; init; }

    public required double Value { get; init; }

    public required double[] Gradient { get; init; }

    /// <summary>−∇², row-major d × d, positive semidefinite.</summary>
    public required double[] Curvature { get; init; }

    /// <summary>L1 optimality residual, in shares.</summary>
    public required double Residual { get; init; }

    /// <summary>Column sums of the plan at this point.</summary>
    public required double[] Shares { get; init; }

    /// <summary>Σ T·L of the plan at this point.</summary>
    public required double TransportLoss { get; init; }

    /// <summary>Primal objective of the plan at this point.</summary>
    public required double Objective { get; init; }
}
