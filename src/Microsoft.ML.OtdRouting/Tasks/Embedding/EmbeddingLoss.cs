namespace Microsoft.ML.OtdRouting;

/// <summary>What a router of embeddings minimises: the loss that it counts when an image goes to a route.</summary>
public enum EmbeddingLoss
{
    /// <summary>
    /// One minus the cosine between the route's embedding and the largest resolution's: 0 to 2. Needs no labels, and no other image either.
    /// </summary>
    Cosine,

    /// <summary>
    /// How much less similar the route's embedding is to the image that the largest resolution finds nearest than to the one that the route finds
    /// nearest, in cosines: 0 where the nearest neighbour stays the same, at most 2. Needs no labels.
    /// </summary>
    Neighbour,

    /// <summary>
    /// The share of other labels among the ten nearest images, each weighing one over its rank: 0 to 1. The router is measured by whether the
    /// nearest image has another label. Needs <see cref="EmbeddingTask.LabelColumnName"/>.
    /// </summary>
    RetrievedLabel,
}
