namespace Microsoft.ML.OtdRouting.Training;

/// <summary>Networks that can be trained without writing one. In all of them convolutions and matrices are shared by all sizes, and every size has a normalisation of its own.</summary>
public enum Backbone
{
    /// <summary>
    /// Residual network of 8 layers: 3 stages of one block, from a stem of stride 1. For small pictures, up to some 64 pixels. Width of the first stage 16 unless
    /// given, which makes 78,000 parameters; the embedding has 4 times the width.
    /// </summary>
    ResNet8,

    /// <summary>
    /// Residual network of 10 layers: 4 stages of one block, from a stem that shrinks pictures by 4. For photographs. Width of the first stage 24 unless given;
    /// the embedding has 8 times the width.
    /// </summary>
    ResNet10,

    /// <summary>
    /// Residual network of 18 layers: 4 stages of two blocks, from a stem that shrinks pictures by 4. Width of the first stage 32 unless given (64 in the publication);
    /// the embedding has 8 times the width.
    /// </summary>
    ResNet18,

    /// <summary>
    /// Vision transformer: a convolutional stem that shrinks pictures by 4, learned positions for each size, 4 blocks of 4 heads, and the mean over positions. Width
    /// 96 unless given, which is the length of the embedding, too.
    /// </summary>
    VisionTransformer,
}
