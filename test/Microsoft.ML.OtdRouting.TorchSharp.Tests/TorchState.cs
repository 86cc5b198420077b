namespace Microsoft.ML.OtdRouting.Training.Tests;

/// <summary>Tests that draw from TorchSharp's random state, of which there is one: they follow one another.</summary>
[CollectionDefinition(Name)]
public class TorchState
{
    public const string Name = "torch's random state";
}
