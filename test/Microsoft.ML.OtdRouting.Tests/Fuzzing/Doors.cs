namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Tests that measure the memory of the process, one after another, when no others run.</summary>
[CollectionDefinition(nameof(Doors), DisableParallelization = true)]
public sealed class Doors;
