namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>The networks by their names.</summary>
internal static class Backbones
{
    /// <summary>The network of a backbone.</summary>
    public static MultiResolutionNetwork Create(Backbone backbone, NetworkSettings settings) => backbone switch
    {
        Backbone.ResNet8 => ResidualNetwork.OfEight(settings),
        Backbone.ResNet10 => ResidualNetwork.OfTen(settings),
        Backbone.ResNet18 => ResidualNetwork.OfEighteen(settings),
        _ => new VisionTransformer(settings),
    };
}
