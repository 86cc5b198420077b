namespace Microsoft.ML.OtdRouting.Training;

/// <summary>How the learning rate falls to 0 after its warm-up.</summary>
public enum LearningRateDecay
{
    /// <summary>In a straight line.</summary>
    Linear,

    /// <summary>Along half a cosine: slowly at first and at the end (Loshchilov and Hutter 2017, "SGDR").</summary>
    Cosine,
}
