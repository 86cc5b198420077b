using Microsoft.ML.Data;

namespace ExistingPipeline;

/// <summary>What the model says of a picture.</summary>
public sealed class ModelLogits
{
    /// <summary>One number a class.</summary>
    [ColumnName("logits")]
    [VectorType(10)]
    public float[] Logits { get; set; } = [];
}
