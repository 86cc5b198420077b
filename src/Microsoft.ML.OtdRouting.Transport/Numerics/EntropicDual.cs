namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The entropic semi-dual <c>D(x) = lin(x) − ε Σ_i a_i log Σ_k exp((g_k(x) − L_ik)/ε)</c>: concave and smooth, gradient
/// <c>lin − s</c>, negative Hessian <c>(diag s − Σ_i a_i p_i p_iᵀ)/ε</c> (Cuturi and Peyré, "Semidual regularized optimal transport", 2018).
/// </summary>
internal sealed class EntropicDual : IDualFunction
{
    private readonly SoftAssignmentPass _pass;
    private readonly RouteDuals _duals;
    private readonly SoftAssignmentSums _sums;
    private readonly double _epsilon;
    private readonly int _stride;
    private readonly int _routes;

    public EntropicDual(SoftAssignmentPass pass, RouteDuals duals, int routes, double epsilon, int stride)
    {
        _pass = pass;
        _duals = duals;
        _epsilon = epsilon;
        _stride = stride;
        _routes = routes;
        _sums = new SoftAssignmentSums(routes);
    }

    public ReadOnlySpan<bool> NonNegative => _duals.NonNegative;

    public double StepLength(double[] step) => _duals.LargestChange(step) / _epsilon;

    public DualPoint Evaluate(double[] x, CancellationToken cancellationToken)
    {
        double[] g = _duals.Potentials(x);
        _pass.Run(g, _epsilon, 0, _stride, true, _sums, cancellationToken);
        double[] shares = (double[])_sums.Shares.Clone();
        double[] matrix = new double[_routes * _routes];
        double loss = -_epsilon * _sums.Inner;
        for (int j = 0; j < _routes; j++)
        {
            loss += shares[j] > 0 ? shares[j] * g[j] : 0;
            for (int k = 0; k < _routes; k++)
            {
                matrix[(j * _routes) + k] = ((j == k ? shares[j] : 0) - _sums.Outer[(j * _routes) + k]) / _epsilon;
            }
        }

        double[] gradient = _duals.Gradient(shares);
        return new DualPoint
        {
            X = x,
            Value = _duals.Linear(x) - (_epsilon * _sums.LogSum),
            Gradient = gradient,
            Curvature = _duals.Curvature(matrix),
            Residual = _duals.Residual(x, gradient, shares),
            Shares = shares,
            TransportLoss = loss,
            Objective = loss + (_epsilon * (_sums.Inner + _sums.MassLog)),
        };
    }
}
