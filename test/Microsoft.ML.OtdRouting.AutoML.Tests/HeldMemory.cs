namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>Tests that measure the memory of the process, one after another, when no others run.</summary>
[CollectionDefinition(nameof(HeldMemory), DisableParallelization = true)]
public sealed class HeldMemory;
