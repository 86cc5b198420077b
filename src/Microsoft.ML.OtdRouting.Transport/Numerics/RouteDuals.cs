namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The dual variables of a problem's column constraints and the linear map from them to route potentials:
/// <c>g = h⁺ − h⁻ − μ c</c>, with one free variable for a fixed share, one ≥ 0 for a floor, one ≥ 0 for a ceiling and the budget's price μ ≥ 0.
/// </summary>
internal sealed class RouteDuals
{
    private readonly TransportProblem _problem;
    private readonly bool[] _nonNegative;
    private readonly int[] _route;
    private readonly int[] _sign;
    private readonly double[] _normalCost;
    private readonly int _routes;
    private readonly int _reference = -1;
    private readonly int _budgetVariable = -1;
    private readonly double _costSpan;

    public RouteDuals(TransportProblem problem)
    {
        _problem = problem;
        _routes = problem.Losses.Routes;
        _normalCost = new double[_routes];
        ReadOnlySpan<double> floors = problem.Floors, ceilings = problem.Ceilings;
        bool allFixed = true;
        for (int k = 0; k < _routes; k++)
        {
            allFixed &= floors[k] == ceilings[k];
        }

        // With every share fixed the potentials have a free level: the route with the largest share is pinned to zero.
        for (int k = 0; allFixed && k < _routes; k++)
        {
            _reference = _reference < 0 || floors[k] > floors[_reference] ? k : _reference;
        }

        List<(int Route, int Sign, bool NonNegative)> variables = [];
        for (int k = 0; k < _routes; k++)
        {
            if (ceilings[k] == 0 || k == _reference)
            {
                continue;
            }

            if (floors[k] == ceilings[k])
            {
                variables.Add((k, 1, false));
                continue;
            }

            if (floors[k] > 0)
            {
                variables.Add((k, 1, true));
            }

            if (ceilings[k] < 1)
            {
                variables.Add((k, -1, true));
            }
        }

        if (problem.HasBudget && !allFixed)
        {
            // Costs on [0, 1] make the price commensurate with the other duals; a shift of all costs changes nothing.
            double least = double.PositiveInfinity, most = double.NegativeInfinity;
            foreach (double c in problem.Cost)
            {
                (least, most) = (Math.Min(least, c), Math.Max(most, c));
            }

            _costSpan = most - least;
            for (int k = 0; _costSpan > 0 && k < _routes; k++)
            {
                _normalCost[k] = (problem.Cost[k] - least) / _costSpan;
            }

            if (_costSpan > 0)
            {
                NormalBudget = (problem.Budget - least) / _costSpan;
                _budgetVariable = variables.Count;
                variables.Add((-1, -1, true));
            }
        }

        _route = variables.Select(v => v.Route).ToArray();
        _sign = variables.Select(v => v.Sign).ToArray();
        _nonNegative = variables.Select(v => v.NonNegative).ToArray();
    }

    public int Count => _route.Length;

    public ReadOnlySpan<bool> NonNegative => _nonNegative;

    private double NormalBudget { get; }

    /// <summary>A start that already reproduces the fixed shares where all losses are equal.</summary>
    public double[] Start(double epsilon)
    {
        double[] x = new double[Count];
        for (int v = 0; v < Count; v++)
        {
            if (!_nonNegative[v])
            {
                double reference = _reference >= 0 ? _problem.Floors[_reference] : 1.0 / _routes;
                x[v] = epsilon * Math.Log(_problem.Floors[_route[v]] / reference);
            }
        }

        return x;
    }

    /// <summary>The linear part of the dual: Σ floor·h⁺ − ceiling·h⁻ − budget·μ.</summary>
    public double Linear(double[] x)
    {
        double sum = 0;
        for (int v = 0; v < Count; v++)
        {
            sum += Coefficient(v) * x[v];
        }

        return sum;
    }

    public double[] Potentials(double[] x)
    {
        double[] g = new double[_routes];
        AddTo(g, x);
        for (int k = 0; k < _routes; k++)
        {
            g[k] = _problem.Ceilings[k] == 0 ? double.NegativeInfinity : g[k];
        }

        return g;
    }

    public double LargestChange(double[] step)
    {
        double[] change = new double[_routes];
        AddTo(change, step);
        double largest = 0;
        foreach (double value in change)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    public double Price(double[] x) => _budgetVariable < 0 ? 0 : x[_budgetVariable] / _costSpan;

    /// <summary>h: what shares, floors and ceilings contribute to g, exactly 0 where none binds.</summary>
    public double[] BoundPotentials(double[] x)
    {
        double[] h = new double[_routes];
        for (int v = 0; v < Count; v++)
        {
            if (v != _budgetVariable)
            {
                h[_route[v]] += _sign[v] * x[v];
            }
        }

        return h;
    }

    /// <summary>Potentials in the user's units: the price multiplies the costs as given, and a free level is set to Σ share·g = 0.</summary>
    public double[] UserPotentials(double[] x)
    {
        double[] g = Potentials(x);
        double price = Price(x), level = 0;
        for (int k = 0; k < _routes; k++)
        {
            if (_budgetVariable >= 0)
            {
                g[k] += (x[_budgetVariable] * _normalCost[k]) - (price * _problem.Cost[k]);
            }

            level += _problem.Floors[k] > 0 ? _problem.Floors[k] * g[k] : 0;
        }

        for (int k = 0; _reference >= 0 && k < _routes; k++)
        {
            g[k] -= level;
        }

        return g;
    }

    public double[] Gradient(double[] shares)
    {
        double[] gradient = new double[Count];
        for (int v = 0; v < Count; v++)
        {
            gradient[v] = Coefficient(v) - Along(v, shares);
        }

        return gradient;
    }

    /// <summary>Pulls a K × K matrix in potentials back to the variables.</summary>
    public double[] Curvature(double[] matrix)
    {
        double[] result = new double[Count * Count];
        double[] row = new double[_routes];
        for (int v = 0; v < Count; v++)
        {
            for (int k = 0; k < _routes; k++)
            {
                row[k] = 0;
                for (int j = 0; j < _routes; j++)
                {
                    row[k] += Direction(v, j) * matrix[(j * _routes) + k];
                }
            }

            for (int w = 0; w < Count; w++)
            {
                result[(v * Count) + w] = Along(w, row);
            }
        }

        return result;
    }

    /// <summary>L1 residual of the optimality conditions, in shares; the budget's in units of the cost span.</summary>
    public double Residual(double[] x, double[] gradient, double[] shares)
    {
        double residual = _reference >= 0 ? Math.Abs(shares[_reference] - _problem.Floors[_reference]) : 0;
        for (int v = 0; v < Count; v++)
        {
            residual += !_nonNegative[v] || x[v] > 0 ? Math.Abs(gradient[v]) : Math.Max(0, gradient[v]);
        }

        return residual;
    }

    private double Coefficient(int variable) =>
        variable == _budgetVariable ? -NormalBudget
        : _sign[variable] > 0 ? _problem.Floors[_route[variable]] : -_problem.Ceilings[_route[variable]];

    private double Direction(int variable, int route) =>
        variable == _budgetVariable ? -_normalCost[route] : _route[variable] == route ? _sign[variable] : 0;

    private double Along(int variable, double[] values)
    {
        if (variable != _budgetVariable)
        {
            return _sign[variable] * values[_route[variable]];
        }

        double sum = 0;
        for (int k = 0; k < _routes; k++)
        {
            sum -= _normalCost[k] * values[k];
        }

        return sum;
    }

    private void AddTo(double[] g, double[] x)
    {
        for (int v = 0; v < Count; v++)
        {
            for (int k = 0; k < _routes; k++)
            {
                g[k] += Direction(v, k) * x[v];
            }
        }
    }
}
