namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>What a resolution's values are multiplied by, and what is added then.</summary>
/// <param name="Factor">The scale.</param>
/// <param name="Offset">The offset, in the unit of the maps.</param>
internal readonly record struct PixelScale(float Factor, float Offset)
{
    /// <summary>Leaves values as they are.</summary>
    public static readonly PixelScale Identity = new(1, 0);
}

/// <summary>The scale and the offset of a resolution.</summary>
/// <param name="Deployed">Fitted to all rows.</param>
/// <param name="ByFold">For every fold, fitted to the rows of the other folds.</param>
internal sealed record FoldedScale(PixelScale Deployed, IReadOnlyList<PixelScale> ByFold);
