namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// What one pass over the table returns. With <c>z_ik = (g_k − L_ik)/ε</c>, <c>S_i = Σ_k exp z_ik</c>, softmax <c>p_ik = exp z_ik / S_i</c>
/// and row mass <c>w_i = a_i S_i^rowPower</c> (rowPower 0: hard row marginals):
/// </summary>
internal sealed class SoftAssignmentSums
{
    public SoftAssignmentSums(int routes)
    {
        Shares = new double[routes];
        Outer = new double[routes * routes];
    }

    /// <summary>Σ_i a_i log S_i.</summary>
    public double LogSum { get; set; }

    /// <summary>Σ_i w_i.</summary>
    public double Mass { get; set; }

    /// <summary>Σ_i (w_i − a_i), without cancellation.</summary>
    public double Growth { get; set; }

    /// <summary>Σ_ik w_i p_ik z_ik.</summary>
    public double Inner { get; set; }

    /// <summary>Σ_ik w_i p_ik log(w_i p_ik / a_i) is Inner + this: Σ_i w_i (log(w_i/a_i) − log S_i).</summary>
    public double MassLog { get; set; }

    /// <summary>s_k = Σ_i w_i p_ik.</summary>
    public double[] Shares { get; }

    /// <summary>Σ_i w_i p_ij p_ik, K × K.</summary>
    public double[] Outer { get; }
}
