namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network is trained on.</summary>
public enum TrainingDevice
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>The first GPU that the libtorch of the application can use: one of NVIDIA with a CUDA package, or that of an Apple computer.</summary>
    Gpu,
}
