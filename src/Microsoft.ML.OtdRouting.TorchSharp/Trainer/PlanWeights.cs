using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>
/// Weights of the losses of a batch by an entropic transport plan between its images and the sizes: rows are the images, all of the same mass, and columns have the
/// shares of a prior. The duals of the sizes go on from batch to batch, so a plan knows of the images before.
/// </summary>
internal sealed class PlanWeights
{
    /// <summary>Steps of a batch: from the duals of the batch before, these meet the shares to a part in a thousand.</summary>
    private const int Steps = 20;

    private readonly SelectiveSinkhorn _solver = new() { Steps = Steps, Fraction = 1, Threads = 1 };
    private readonly RoutingPrior _prior;
    private readonly double[] _costs;
    private readonly double _budget;
    private readonly double _strength;

    public PlanWeights(TrainingOptions options)
    {
        _prior = options.PlanPrior ?? RoutingPrior.Budget();
        _strength = options.PlanStrength;
        var largest = (double)options.Largest.Height * options.Largest.Width;
        _costs = [.. options.Sizes.Select(s => s.Height * s.Width / largest)];
        _budget = options.PlanBudget ?? _costs.Average();
        Potentials = new double[_costs.Length];
        Sums = new double[_costs.Length];
    }

    /// <summary>Duals of the sizes, in nats.</summary>
    public double[] Potentials { get; }

    /// <summary>What the plans have given to each size, in images, since they were set to 0.</summary>
    public double[] Sums { get; }

    /// <summary>The weights of a batch: <c>1 − α + α K p</c>, as many as there are losses.</summary>
    /// <param name="losses">Cross-entropies, [images, sizes], row by row.</param>
    /// <param name="batch">Number of the batch.</param>
    public float[] Of(float[] losses, long batch)
    {
        var sizes = _costs.Length;
        var images = losses.Length / sizes;
        var problem = _prior.CreateProblem(new LossTable(losses, images, sizes), _costs, _budget, samplePrior: null);
        var plan = _solver.SolveBatch(problem, batch, Potentials).Plan.ToArray();
        var weights = new float[losses.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var part = plan[i] * images;
            Sums[i % sizes] += part;
            weights[i] = (float)(1 - _strength + (_strength * sizes * part));
        }

        return weights;
    }
}
