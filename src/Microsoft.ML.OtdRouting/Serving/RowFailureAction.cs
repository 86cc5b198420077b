namespace Microsoft.ML.OtdRouting;

/// <summary>
/// What becomes of a row that cannot be served: its image cannot be read, a model fails on it, or what a model says about it is no finite number. A batch
/// on which a model fails is run again in halves until the images are found; the others are not touched by it.
/// </summary>
public enum RowFailureAction
{
    /// <summary>The row ends the pass, with an error that names the row, and the model with its resolution and tensor or what is wrong with the image.</summary>
    Fail,

    /// <summary>
    /// The row stays in its place with missing values: keys are 0, numbers NaN. A fit and a comparison leave the row out. Rows are counted
    /// (<see cref="OtdRoutingTransformer.FailedRows"/>) and logged as warnings.
    /// </summary>
    Skip,

    /// <summary>
    /// A route without the resolutions that failed answers: of those the row was offered the one that is worth most to it, or, where the first look itself
    /// has failed, the one that the plan gives most images. Its cost is that of the route that answered. Rows that no route can answer, such as those
    /// without an image, are as with <see cref="Skip"/>. Counted (<see cref="OtdRoutingTransformer.RowsFallenBack"/>) and logged.
    /// </summary>
    Fallback,
}
