namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// <c>T_ik = a_i S_i^rowPower · softmax_k((g_k − L_ik)/ε)</c> with <c>S_i = Σ_k exp((g_k − L_ik)/ε)</c>; a potential outside the
/// table adds exp(outside/ε) to S_i for mass that is not transported.
/// </summary>
internal sealed class EntropicPlan : TransportPlan
{
    private readonly double[] _potentials;
    private readonly double _epsilon;
    private readonly double _rowPower;
    private readonly double _outside;

    public EntropicPlan(TransportProblem problem, double[] potentials, double epsilon, double rowPower = 0, double outside = double.NegativeInfinity)
        : base(problem)
    {
        _potentials = potentials;
        _epsilon = epsilon;
        _rowPower = rowPower;
        _outside = outside / epsilon;
    }

    internal override double SamplePotential(int row)
    {
        Span<double> scratch = Routes <= 128 ? stackalloc double[Routes] : new double[Routes];
        return -_epsilon * (1 - _rowPower) * Exponentials(row, scratch).LogSum;
    }

    private protected override void FillRow(int row, Span<double> destination)
    {
        (double logSum, double total) = Exponentials(row, destination);
        double mass = SampleMass(row);
        double scale = (_rowPower == 0 ? mass : mass * Math.Exp(_rowPower * logSum)) / total;
        for (int k = 0; k < destination.Length; k++)
        {
            destination[k] *= scale;
        }
    }

    private (double LogSum, double Total) Exponentials(int row, Span<double> destination)
    {
        Problem.Losses.CopyRow(row, destination);
        double top = _outside, total = 0;
        for (int k = 0; k < destination.Length; k++)
        {
            destination[k] = (_potentials[k] - destination[k]) * (1 / _epsilon);
            top = Math.Max(top, destination[k]);
        }

        for (int k = 0; k < destination.Length; k++)
        {
            destination[k] = Math.Exp(destination[k] - top);
            total += destination[k];
        }

        total += Math.Exp(_outside - top);
        return (top + Math.Log(total), total);
    }
}
