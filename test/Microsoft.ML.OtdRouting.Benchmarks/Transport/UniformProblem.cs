using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Benchmarks.Transport;

/// <summary>Uniform random float32 losses and a Dirichlet(1) route prior, the problem of all transport figures.</summary>
internal static class UniformProblem
{
    public static TransportProblem Create(int rows, int routes)
    {
        Random random = new(1);
        float[] losses = new float[rows * routes];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = random.NextSingle();
        }

        double[] prior = Enumerable.Range(0, routes).Select(_ => -Math.Log(1 - random.NextDouble())).ToArray();
        double sum = prior.Sum();
        return TransportProblem.WithRoutePrior(new LossTable(losses, rows, routes), Array.ConvertAll(prior, p => p / sum));
    }
}
