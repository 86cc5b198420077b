namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Rows that are sparse simplex projections of <c>(g − L_i)/γ</c>, times the sample's mass.</summary>
internal sealed class SparsePlan : TransportPlan
{
    private readonly double[] _potentials;
    private readonly double _gamma;
    private readonly int _sparsity;

    public SparsePlan(TransportProblem problem, double[] potentials, double gamma, int sparsity)
        : base(problem)
    {
        _potentials = potentials;
        _gamma = gamma;
        _sparsity = sparsity;
    }

    internal override double SamplePotential(int row)
    {
        double[] p = new double[Routes], losses = new double[Routes];
        Problem.Losses.CopyRow(row, losses);
        int[] order = new int[Routes];
        int support = SparseProjection.Project(_potentials, losses, _gamma, _sparsity, p, order);
        double value = 0;
        for (int r = 0; r < support; r++)
        {
            int k = order[r];
            value += p[k] * (losses[k] - _potentials[k] + (0.5 * _gamma * p[k]));
        }

        return value;
    }

    private protected override void FillRow(int row, Span<double> destination)
    {
        Span<double> losses = Routes <= 128 ? stackalloc double[Routes] : new double[Routes];
        Span<int> order = Routes <= 128 ? stackalloc int[Routes] : new int[Routes];
        Problem.Losses.CopyRow(row, losses);
        SparseProjection.Project(_potentials, losses, _gamma, _sparsity, destination, order);
        double mass = SampleMass(row);
        for (int k = 0; k < destination.Length; k++)
        {
            destination[k] *= mass;
        }
    }
}
