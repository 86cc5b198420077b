using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Optimisation;

[Collection(TorchState.Name)]
public class FlatParametersTests
{
    [Fact]
    public void Steps_are_those_of_descent_parameter_by_parameter()
    {
        LibTorch.Require();
        set_num_threads(1);
        using var scope = NewDisposeScope();
        var settings = new NetworkSettings([8, 12], 3, 4, [120, 120, 120], [60, 60, 60]);
        var networks = Enumerable.Range(0, 2).Select(_ =>
        {
            manual_seed(1);
            return ResidualNetwork.OfEight(settings);
        }).ToList();
        using var flat = new FlatParameters(networks[0].parameters());
        var apart = networks[1].parameters().Select(p => (Parameter: p, Momentum: new float[p.numel()])).ToList();
        Assert.Equal(networks[1].parameters().Sum(p => p.numel()), flat.Count);
        for (var step = 0; step < 5; step++)
        {
            var images = rand(6, 3, 12, 12).Times(255);
            var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
            flat.Zero();
            apart.ForEach(p => p.Parameter.grad?.zero_());
            foreach (var network in networks)
            {
                var small = images[.., .., ..8, ..8];
                nn.functional.cross_entropy(network.Forward(small, 0).Answer, labels).backward();
                nn.functional.cross_entropy(network.Forward(images, 1).Answer, labels).backward();
            }

            flat.Step(0.05, 0.9, 0.01);
            apart.ForEach(p => Step(p.Parameter, p.Momentum));
        }

        var pairs = networks[0].named_parameters().Zip(networks[1].named_parameters()).ToList();
        Assert.All(pairs, p => Assert.True((p.First.parameter - p.Second.parameter).abs().max().Value() < 1e-4, p.First.name));
        networks.ForEach(n => n.Dispose());
    }

    /// <summary>Nesterov's momentum in PyTorch's form, number by number.</summary>
    private static void Step(TorchSharp.Modules.Parameter parameter, float[] momentum)
    {
        using var off = no_grad();
        var (values, gradient) = (parameter.data<float>().ToArray(), parameter.grad!.data<float>().ToArray());
        for (var i = 0; i < values.Length; i++)
        {
            var slope = gradient[i] + (0.01f * values[i]);
            momentum[i] = (0.9f * momentum[i]) + slope;
            values[i] -= 0.05f * (slope + (0.9f * momentum[i]));
        }

        parameter.copy_(tensor(values, parameter.shape));
    }
}
