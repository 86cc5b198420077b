namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The semi-dual with squared 2-norm and at most s non-zeros in a row (Liu, Puigcerver and Blondel, "Sparsity-constrained optimal
/// transport", ICLR 2023): row i maximises <c>⟨p, v⟩ − |p|²/2</c> over s-sparse p in the simplex, <c>v = (g − L_i)/γ</c>, which is the
/// simplex projection of the s largest entries. Piecewise quadratic; its generalised Hessian is
/// <c>Σ a_i (diag 1_S − 1_S 1_Sᵀ/|S|)/γ</c> over the supports S.
/// </summary>
internal sealed class SparseDual : IDualFunction
{
    private readonly TransportProblem _problem;
    private readonly RouteDuals _duals;
    private readonly double _gamma;
    private readonly int _sparsity;
    private readonly int _threads;
    private readonly int _routes;

    public SparseDual(TransportProblem problem, RouteDuals duals, double gamma, int sparsity, int threads)
    {
        _problem = problem;
        _duals = duals;
        _gamma = gamma;
        _sparsity = sparsity;
        _threads = threads;
        _routes = problem.Losses.Routes;
    }

    public ReadOnlySpan<bool> NonNegative => _duals.NonNegative;

    public double StepLength(double[] step) => _duals.LargestChange(step) / _gamma;

    public DualPoint Evaluate(double[] x, CancellationToken cancellationToken)
    {
        double[] g = _duals.Potentials(x);
        RowChunks chunks = new(_problem.Losses.Rows);
        int width = 3 + _routes + (_routes * _routes);
        double[][] partials = new double[chunks.Count][];
        chunks.Run(_threads, cancellationToken, chunk =>
        {
            double[] partial = new double[width];
            Accumulate(g, chunks.Start(chunk), chunks.End(chunk), partial);
            partials[chunk] = partial;
        });
        double[] total = partials[0];
        for (int chunk = 1; chunk < partials.Length; chunk++)
        {
            for (int i = 0; i < width; i++)
            {
                total[i] += partials[chunk][i];
            }
        }

        double scale = _problem.SampleWeights is null ? 1.0 / _problem.Losses.Rows : 1;
        for (int i = 0; i < width; i++)
        {
            total[i] *= scale;
        }

        double[] shares = total[3..(3 + _routes)];
        double[] matrix = Array.ConvertAll(total[(3 + _routes)..], value => value / _gamma);
        double[] gradient = _duals.Gradient(shares);
        return new DualPoint
        {
            X = x,
            Value = _duals.Linear(x) - (_gamma * total[0]),
            Gradient = gradient,
            Curvature = _duals.Curvature(matrix),
            Residual = _duals.Residual(x, gradient, shares),
            Shares = shares,
            TransportLoss = total[1],
            Objective = total[1] + (0.5 * _gamma * total[2]),
        };
    }

    private void Accumulate(double[] g, int start, int end, double[] partial)
    {
        double[] losses = new double[_routes], p = new double[_routes];
        int[] order = new int[_routes];
        for (int i = start; i < end; i++)
        {
            double weight = _problem.SampleWeights is { } weights ? weights[i] : 1;
            _problem.Losses.CopyRow(i, losses);
            int support = SparseProjection.Project(g, losses, _gamma, _sparsity, p, order);
            double share = weight / support;
            for (int r = 0; r < support; r++)
            {
                int k = order[r];
                partial[0] += weight * p[k] * (((g[k] - losses[k]) / _gamma) - (0.5 * p[k]));
                partial[1] += weight * p[k] * losses[k];
                partial[2] += weight * p[k] * p[k];
                partial[3 + k] += weight * p[k];
                int row = 3 + _routes + (k * _routes);
                partial[row + k] += weight;
                for (int q = 0; q < support; q++)
                {
                    partial[row + order[q]] -= share;
                }
            }
        }
    }
}
