namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Log-domain matrix scaling with the row scaling eliminated: <c>g_k ← g_k + ε log(b_k / s_k)</c> (Cuturi 2013; Peyré and Cuturi,
/// "Computational Optimal Transport", 2019, §4.4). One step is one pass over the table.
/// </summary>
internal sealed class SinkhornIteration
{
    private readonly TransportProblem _problem;
    private readonly SoftAssignmentPass _pass;
    private readonly SoftAssignmentSums _sums;
    private readonly double _epsilon;

    public SinkhornIteration(TransportProblem problem, SoftAssignmentPass pass, double epsilon, double[] start)
    {
        _problem = problem;
        _pass = pass;
        _epsilon = epsilon;
        _sums = new SoftAssignmentSums(problem.Losses.Routes);
        Potentials = start;
        for (int k = 0; k < start.Length; k++)
        {
            start[k] = problem.RoutePrior[k] == 0 ? double.NegativeInfinity : start[k];
        }
    }

    /// <summary>g, changed in place.</summary>
    public double[] Potentials { get; }

    public double[] Shares => _sums.Shares;

    public double MarginalError { get; private set; }

    public double Value { get; private set; }

    public double Objective { get; private set; }

    public double DualValue { get; private set; }

    /// <summary>Computes shares and values at the present potentials.</summary>
    public void Measure(CancellationToken cancellationToken)
    {
        _pass.Run(Potentials, _epsilon, 0, 1, false, _sums, cancellationToken);
        double linear = 0, weighted = 0;
        MarginalError = 0;
        for (int k = 0; k < Potentials.Length; k++)
        {
            MarginalError += Math.Abs(_sums.Shares[k] - _problem.RoutePrior[k]);
            if (_problem.RoutePrior[k] > 0)
            {
                linear += _problem.RoutePrior[k] * Potentials[k];
                weighted += _sums.Shares[k] * Potentials[k];
            }
        }

        Value = weighted - (_epsilon * _sums.Inner);
        Objective = Value + (_epsilon * (_sums.Inner + _sums.MassLog));
        DualValue = linear - (_epsilon * _sums.LogSum);
    }

    /// <summary>Rescales the columns; a column whose mass underflowed moves as far as doubles allow.</summary>
    public void Step()
    {
        for (int k = 0; k < Potentials.Length; k++)
        {
            if (_problem.RoutePrior[k] > 0)
            {
                Potentials[k] += _epsilon * Math.Log(_problem.RoutePrior[k] / Math.Max(_sums.Shares[k], 1e-300));
            }
        }
    }

    public static void RequireRoutePrior(TransportProblem problem, string solver)
    {
        if (problem.HasBudget)
        {
            throw new ArgumentException(
                $"{solver} solves problems with a fixed route prior; this problem has a budget. SemiDualNewtonSolver and ExactTransportSolver solve both.",
                nameof(problem));
        }
    }

    /// <summary>The solution at the present potentials, with the free level set to Σ b·g = 0.</summary>
    public TransportSolution Solution(int iterations, double tolerance, TimeSpan elapsed)
    {
        double[] g = (double[])Potentials.Clone();
        double level = 0;
        for (int k = 0; k < g.Length; k++)
        {
            level += _problem.RoutePrior[k] > 0 ? _problem.RoutePrior[k] * g[k] : 0;
        }

        for (int k = 0; k < g.Length; k++)
        {
            g[k] -= level;
        }

        double[] shares = (double[])Shares.Clone();
        return new TransportSolution(new EntropicPlan(_problem, g, _epsilon), g, shares)
        {
            Value = Value,
            Objective = Objective,
            DualValue = DualValue,
            MarginalError = MarginalError,
            Iterations = iterations,
            Converged = MarginalError <= tolerance,
            Elapsed = elapsed,
            MeanCost = TransportSolution.MeanCostOf(_problem, shares),
        };
    }
}
