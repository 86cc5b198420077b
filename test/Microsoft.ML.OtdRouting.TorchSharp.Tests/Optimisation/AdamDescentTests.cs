using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Optimisation;

[Collection(TorchState.Name)]
public class AdamDescentTests
{
    [Fact]
    public void Steps_are_those_of_the_formula_in_doubles()
    {
        LibTorch.Require();
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var values = Enumerable.Range(0, 12).Select(_ => (random.NextDouble() * 2) - 1).ToArray();
        var parameter = new Parameter(tensor(values.Select(v => (float)v).ToArray(), [3, 4]));
        var still = new Parameter(ones(2));
        using var descent = new AdamDescent([parameter, still]);
        var (first, second) = (new double[12], new double[12]);
        for (var step = 1; step <= 20; step++)
        {
            // Of the sum of a w² / 2, with factors of both signs and very different sizes.
            var factors = Enumerable.Range(0, 12).Select(i => Math.Pow(10, (i % 5) - 2) * (i % 2 == 0 ? 1 : -1)).ToArray();
            var rate = 0.01 / step;
            (parameter * parameter * tensor(factors.Select(f => (float)(f / 2)).ToArray(), [3, 4])).sum().backward();
            descent.Step(rate);
            for (var i = 0; i < 12; i++)
            {
                var gradient = factors[i] * values[i];
                first[i] = (0.9 * first[i]) + (0.1 * gradient);
                second[i] = (0.999 * second[i]) + (0.001 * gradient * gradient);
                var (mean, square) = (first[i] / (1 - Math.Pow(0.9, step)), second[i] / (1 - Math.Pow(0.999, step)));
                values[i] -= rate * mean / (Math.Sqrt(square) + 1e-8);
            }

            Assert.All(parameter.grad!.data<float>().ToArray(), g => Assert.Equal(0, g));
        }

        Assert.All(parameter.data<float>().ToArray().Zip(values), p => Assert.Equal(p.Second, p.First, 1e-5));
        Assert.All(still.data<float>().ToArray(), v => Assert.Equal(1, v));
    }
}
