namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// A transport plan <c>T</c>, n × K, <c>T_ik ≥ 0</c>: how much of sample i goes to route k. Rows are computed from the
/// duals when asked for, so a plan costs O(K) memory beside the loss table.
/// </summary>
public abstract class TransportPlan
{
    private protected TransportPlan(TransportProblem problem)
    {
        Problem = problem;
    }

    /// <summary>Number of samples, n.</summary>
    public int Rows => Problem.Losses.Rows;

    /// <summary>Number of routes, K.</summary>
    public int Routes => Problem.Losses.Routes;

    /// <summary>
    /// The one route of every sample, n values, where the solver made an integral plan; null otherwise. Where the linear program's
    /// own plan splits a few samples, <see cref="CopyRow"/> gives the split and this gives the rounding.
    /// </summary>
    public virtual int[]? Assignment => null;

    private protected TransportProblem Problem { get; }

    /// <summary>Computes one row of the plan.</summary>
    /// <param name="row">Sample, 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="destination">Receives <see cref="Routes"/> masses ≥ 0; at least that long.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is outside the plan.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void CopyRow(int row, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (destination.Length < Routes)
        {
            throw new ArgumentException($"destination holds {destination.Length} values, a row has {Routes}.", nameof(destination));
        }

        FillRow(row, destination[..Routes]);
    }

    /// <summary>The whole plan as a dense row-major array, n × K. The only member that allocates a second dense table.</summary>
    /// <returns>n·K masses.</returns>
    public double[] ToArray()
    {
        double[] plan = new double[Rows * Routes];
        for (int i = 0; i < Rows; i++)
        {
            FillRow(i, plan.AsSpan(i * Routes, Routes));
        }

        return plan;
    }

    internal abstract double SamplePotential(int row);

    private protected abstract void FillRow(int row, Span<double> destination);

    private protected double SampleMass(int row) => Problem.SampleWeights is { } weights ? weights[row] : 1.0 / Rows;
}
