namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Takes fitting images as anchors, with the sharpness at which their votes make the labels of others most likely.</summary>
internal static class LabelledAnchors
{
    /// <summary>Most anchors: what a first look may cost beside the model, and what a saved router may weigh.</summary>
    private const int MostAnchors = 2_048;

    /// <summary>Most groups: a vote for each is a feature.</summary>
    private const int MostGroups = 64;

    /// <summary>Rows by which the sharpness is chosen.</summary>
    private const int MostRows = 1_024;

    private static readonly float[] Sharpnesses = [5, 10, 15, 20, 30, 40, 60, 80, 120];

    /// <summary>Takes the anchors; null where there are no labels, or too many, or all images of other folds have none.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">Says what is kept of them.</param>
    /// <param name="firstLook">The resolution.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Anchors? Fit(Observations observations, BoundEmbedding task, int firstLook, CancellationToken cancellationToken)
    {
        if (task.TargetLength == 0)
        {
            return null;
        }

        var labels = Enumerable.Range(0, observations.Rows).Select(row => observations.Target(row)[0]).Distinct().Order().ToArray();
        var step = (observations.Rows + MostAnchors - 1) / MostAnchors;
        var rows = Enumerable.Range(0, observations.Rows).Where(row => row % step == 0).ToArray();
        var folds = rows.Select(row => observations.Fold(row)).Select(fold => (int)fold).ToArray();
        if (labels.Length > MostGroups || folds.Distinct().Count() < 2)
        {
            return null;
        }

        var length = task.KeptLength(firstLook);
        var directions = new float[rows.Length * length];
        for (var i = 0; i < rows.Length; i++)
        {
            Direction(observations, firstLook, rows[i], directions.AsSpan(i * length, length));
        }

        var groups = rows.Select(row => Array.IndexOf(labels, observations.Target(row)[0])).ToArray();
        Anchors Of(float sharpness) => new(directions, length, sharpness, groups, folds, observations.FoldCount);
        return Of(Sharpnesses.MinBy(sharpness => Surprise(observations, firstLook, labels, Of(sharpness), cancellationToken)));
    }

    /// <summary>Mean of minus the logarithm of the part of the label of rows.</summary>
    private static double Surprise(Observations observations, int firstLook, float[] labels, Anchors anchors, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var step = (observations.Rows + MostRows - 1) / MostRows;
        var surprise = new double[(observations.Rows + step - 1) / step];
        Parallel.For(
            0,
            surprise.Length,
            () => (Direction: new float[anchors.Length], Parts: new float[anchors.GroupCount]),
            (i, _, scratch) =>
            {
                var row = i * step;
                Direction(observations, firstLook, row, scratch.Direction);
                anchors.Share(scratch.Direction, observations.Fold(row), scratch.Parts);
                var group = Array.IndexOf(labels, observations.Target(row)[0]);
                var part = group < scratch.Parts.Length ? scratch.Parts[group] : 0;
                surprise[i] = -observations.Weight(row) * Math.Log(Math.Max(part, Anchors.LeastPart));
                return scratch;
            },
            _ => { });
        return surprise.Sum();
    }

    private static void Direction(Observations observations, int resolution, int row, Span<float> target)
    {
        observations.Kept(resolution, row)[..target.Length].CopyTo(target);
        UnitVectors.Normalise(target);
    }
}
