namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The semi-dual of entropic transport with KL-relaxed marginals (Chizat et al., "Scaling algorithms for unbalanced optimal transport
/// problems", 2018; Séjourné et al. 2019). Eliminating the rows, <c>f_i = −τ ε log S_i</c> with <c>τ = ρ₁/(ρ₁+ε)</c>, leaves a smooth
/// concave function of one variable for each column, plus one for the mass that stays outside.
/// </summary>
internal sealed class UnbalancedDual : IDualFunction
{
    private readonly SoftAssignmentPass _pass;
    private readonly SoftAssignmentSums _sums;
    private readonly double[] _target;
    private readonly double[] _relaxation;
    private readonly double _sampleRelaxation;
    private readonly double _epsilon;
    private readonly int[] _columns;
    private readonly int _pinned;
    private readonly bool[] _nonNegative;

    /// <param name="pass">The pass, with an outside column if mass stays outside.</param>
    /// <param name="target">Target mass of every column of the pass; they sum to 1.</param>
    /// <param name="relaxation">ρ of every column; +∞ for a hard one.</param>
    /// <param name="sampleRelaxation">ρ₁; +∞ for hard row marginals.</param>
    /// <param name="epsilon">ε.</param>
    public UnbalancedDual(SoftAssignmentPass pass, double[] target, double[] relaxation, double sampleRelaxation, double epsilon)
    {
        _pass = pass;
        _sums = new SoftAssignmentSums(target.Length);
        _target = target;
        _relaxation = relaxation;
        _sampleRelaxation = sampleRelaxation;
        _epsilon = epsilon;

        // With every marginal hard the potentials have a free level: the largest column is pinned to zero.
        bool free = double.IsPositiveInfinity(sampleRelaxation) && Array.TrueForAll(relaxation, double.IsPositiveInfinity);
        _pinned = free ? Array.IndexOf(target, target.Max()) : -1;
        _columns = Enumerable.Range(0, target.Length).Where(k => target[k] > 0 && k != _pinned).ToArray();
        _nonNegative = new bool[_columns.Length];
    }

    /// <summary>1 − τ.</summary>
    public double RowPower => double.IsPositiveInfinity(_sampleRelaxation) ? 0 : _epsilon / (_sampleRelaxation + _epsilon);

    public int Count => _columns.Length;

    public ReadOnlySpan<bool> NonNegative => _nonNegative;

    /// <summary>Total mass of the last evaluation.</summary>
    public double Mass => _sums.Mass;

    /// <summary>Potentials as the plan uses them: ĝ = g + ε log b.</summary>
    public double[] Potentials(double[] x)
    {
        double[] g = new double[_target.Length];
        Array.Fill(g, double.NegativeInfinity);
        for (int v = 0; v < x.Length; v++)
        {
            g[_columns[v]] = x[v] + (_epsilon * Math.Log(_target[_columns[v]]));
        }

        if (_pinned >= 0)
        {
            g[_pinned] = _epsilon * Math.Log(_target[_pinned]);
        }

        return g;
    }

    public double StepLength(double[] step)
    {
        double longest = 0;
        for (int v = 0; v < step.Length; v++)
        {
            longest = Math.Max(longest, Math.Abs(step[v]) / Math.Min(_epsilon, _relaxation[_columns[v]]));
        }

        return longest;
    }

    public DualPoint Evaluate(double[] x, CancellationToken cancellationToken)
    {
        double[] potentials = Potentials(x);
        _pass.Run(potentials, _epsilon, RowPower, 1, true, _sums, cancellationToken);
        int count = Count, columns = _target.Length;
        double[] gradient = new double[count];
        double[] curvature = new double[count * count];
        double rows = double.IsPositiveInfinity(_sampleRelaxation)
            ? -_epsilon * _sums.LogSum
            : -(_sampleRelaxation + _epsilon) * _sums.Growth;
        double value = rows, loss = -_epsilon * _sums.Inner, penalty = 0, cross = 0, residual = 0;
        for (int v = 0; v < count; v++)
        {
            int k = _columns[v];
            double share = _sums.Shares[k], rho = _relaxation[k], wanted = _target[k];
            double relaxed = wanted;
            if (double.IsPositiveInfinity(rho))
            {
                value += wanted * x[v];
            }
            else
            {
                double change = ExpM1(-x[v] / rho);
                value -= rho * wanted * change;
                relaxed += wanted * change;
                curvature[(v * count) + v] = relaxed / rho;
                penalty += rho * ((share > 0 ? share * Math.Log(share / wanted) : 0) - share + wanted);
            }

            gradient[v] = relaxed - share;
            residual += Math.Abs(gradient[v]);
            loss += share > 0 ? share * potentials[k] : 0;
            cross += share * Math.Log(wanted);
            for (int w = 0; w < count; w++)
            {
                double outer = (1 - RowPower) * _sums.Outer[(k * columns) + _columns[w]];
                curvature[(v * count) + w] += ((v == w ? share : 0) - outer) / _epsilon;
            }
        }

        if (_pinned >= 0)
        {
            double share = _sums.Shares[_pinned];
            residual += Math.Abs(_target[_pinned] - share);
            loss += share > 0 ? share * potentials[_pinned] : 0;
            cross += share * Math.Log(_target[_pinned]);
        }

        if (!double.IsPositiveInfinity(_sampleRelaxation))
        {
            // KL(T1 | a) = Σ w log(w/a) − Σ (w − a), and log(w/a) = rowPower · log S.
            penalty += _sampleRelaxation * ((RowPower * _sums.MassLog / (RowPower - 1)) - _sums.Growth);
        }

        double entropy = _sums.Inner + _sums.MassLog - cross - _sums.Growth;
        return new DualPoint
        {
            X = x,
            Value = value,
            Gradient = gradient,
            Curvature = curvature,
            Residual = residual,
            Shares = (double[])_sums.Shares.Clone(),
            TransportLoss = loss,
            Objective = loss + (_epsilon * entropy) + penalty,
        };
    }

    /// <summary>exp(x) − 1 without cancellation (Kahan's quotient).</summary>
    private static double ExpM1(double x)
    {
        double u = Math.Exp(x);
        if (Math.Abs(x) > 0.5 || u == 1)
        {
            return u == 1 ? x : u - 1;
        }

        return (u - 1) * x / Math.Log(u);
    }
}
