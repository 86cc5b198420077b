namespace ExistingPipeline;

/// <summary>What a pipeline says of a picture.</summary>
public sealed class PredictedPicture
{
    /// <summary>The most probable class.</summary>
    public string PredictedClass { get; set; } = "";
}
