using Microsoft.ML.OtdRouting.Training.Networks;
using Microsoft.ML.OtdRouting.Training.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Optimisation;

[Collection(TorchState.Name)]
public class FlatParametersTests
{
    [Fact]
    public void Steps_are_those_of_the_library_s_own_descent()
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
        var sgd = optim.SGD(networks[1].parameters(), 0.05, momentum: 0.9, weight_decay: 0.01, nesterov: true);
        Assert.Equal(networks[1].parameters().Sum(p => p.numel()), flat.Count);
        for (var step = 0; step < 5; step++)
        {
            var images = rand(6, 3, 12, 12) * 255;
            var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
            flat.Zero();
            sgd.zero_grad();
            foreach (var network in networks)
            {
                var small = images[.., .., ..8, ..8];
                (nn.functional.cross_entropy(network.Forward(small, 0).Logits, labels) + nn.functional.cross_entropy(network.Forward(images, 1).Logits, labels)).backward();
            }

            flat.Step(0.05, 0.9, 0.01);
            sgd.step();
        }

        var pairs = networks[0].named_parameters().Zip(networks[1].named_parameters()).ToList();
        Assert.All(pairs, p => Assert.True((p.First.parameter - p.Second.parameter).abs().max().item<float>() < 1e-4, p.First.name));
        networks.ForEach(n => n.Dispose());
    }
}
