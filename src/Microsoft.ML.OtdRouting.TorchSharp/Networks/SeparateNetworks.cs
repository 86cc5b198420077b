using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>A network of its own for each size.</summary>
internal sealed class SeparateNetworks : MultiResolutionNetwork
{
    private readonly ModuleList<MultiResolutionNetwork> _networks;

    /// <param name="settings">What they are made for.</param>
    /// <param name="create">Makes the network of one size.</param>
    public SeparateNetworks(NetworkSettings settings, Func<NetworkSettings, MultiResolutionNetwork> create)
        : base("separate", settings.Sizes, settings.Outputs)
    {
        _networks = nn.ModuleList(Sizes.Select(s => create(settings with { Sizes = [s] })).ToArray());
        register_module("networks", _networks);
    }

    public override bool SharesWeights => false;

    public override NetworkOutput Forward(Tensor images, int resolution) => _networks[resolution].Forward(images, 0);

    public override NetworkGraphOutput Write(NetworkGraph graph, string image, int resolution) => _networks[resolution].Write(graph, image, 0);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _networks.Dispose();
        }

        base.Dispose(disposing);
    }
}
