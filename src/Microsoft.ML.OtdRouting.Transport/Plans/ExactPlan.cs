namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>One route for nearly every row, and the shares of the few split ones.</summary>
internal sealed class ExactPlan : TransportPlan
{
    private readonly int[] _main;
    private readonly Dictionary<int, double[]> _splits;
    private readonly double[] _potentials;

    /// <param name="problem">The problem.</param>
    /// <param name="main">Route of each row that is not split.</param>
    /// <param name="splits">Fractions of each split row, K values that sum to 1.</param>
    /// <param name="potentials">g.</param>
    /// <param name="assignment">Integral rounding; the same array as <paramref name="main"/> where no row is split.</param>
    public ExactPlan(TransportProblem problem, int[] main, Dictionary<int, double[]> splits, double[] potentials, int[] assignment)
        : base(problem)
    {
        _main = main;
        _splits = splits;
        _potentials = potentials;
        Assignment = assignment;
    }

    public override int[] Assignment { get; }

    internal override double SamplePotential(int row)
    {
        Span<double> losses = Routes <= 128 ? stackalloc double[Routes] : new double[Routes];
        Problem.Losses.CopyRow(row, losses);
        double least = double.PositiveInfinity;
        for (int k = 0; k < losses.Length; k++)
        {
            least = Math.Min(least, losses[k] - _potentials[k]);
        }

        return least;
    }

    private protected override void FillRow(int row, Span<double> destination)
    {
        destination.Clear();
        if (_splits.TryGetValue(row, out double[]? fractions))
        {
            for (int k = 0; k < destination.Length; k++)
            {
                destination[k] = fractions[k] * SampleMass(row);
            }
        }
        else
        {
            destination[_main[row]] = SampleMass(row);
        }
    }
}
