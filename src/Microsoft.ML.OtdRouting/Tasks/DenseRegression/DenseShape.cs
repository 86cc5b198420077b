using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>What a resolution says about an image.</summary>
/// <param name="Height">Rows of its map.</param>
/// <param name="Width">Columns of its map.</param>
/// <param name="Embedding">Numbers of its embedding; 0 for none.</param>
internal sealed record DenseShape(int Height, int Width, int Embedding)
{
    /// <summary>Pixels of the map.</summary>
    public int Length => Height * Width;

    /// <summary>The shapes of scorers, in ascending order of cost.</summary>
    /// <exception cref="InvalidDataException">An output is no map.</exception>
    public static IReadOnlyList<DenseShape> Of(ScorerSet scorers) => scorers.Scorers.Select(Of).ToList();

    private static DenseShape Of(ResolutionScorer scorer)
    {
        var tail = scorer.Outputs[0].Tail;
        var (height, width) = tail switch
        {
            [var h, var w] => (h, w),
            [1, var h, var w] => (h, w),
            [var h, var w, 1] => (h, w),
            _ => throw new InvalidDataException(
                $"'{scorer.Resolution.ModelFile}' does not fit the task '{DenseRegressionTask.KindName}': output '{scorer.OutputName}' is [1, {string.Join(", ", tail)}] for " +
                $"one image; expected a map of one channel, [1, height, width], [1, 1, height, width] or [1, height, width, 1]. Set {nameof(Resolution.OutputName)} if another is the map."),
        };
        return new DenseShape((int)height, (int)width, scorer.EmbeddingLength);
    }
}
