namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// Weighted boxes fusion (Solovyev, Wang and Gabruseva 2021, "Weighted boxes fusion: Ensembling boxes from different object detection models"): boxes of one
/// class that overlap become one, the mean of their corners weighted by their scores. What few of the models have found loses score.
/// </summary>
internal static class BoxFusion
{
    /// <summary>Fuses the detections of some models.</summary>
    /// <param name="members">Detections of each model, in any order.</param>
    /// <param name="weights">Weight of each model, above 0.</param>
    /// <param name="overlap">IoU of a detection with a fused box above which it is of the same object.</param>
    /// <param name="most">Detections that are left, at most.</param>
    /// <returns>The fused detections, by falling score: the mean of a cluster's weighted scores, times <c>min(models, boxes) / Σ weights</c>.</returns>
    public static List<DetectedObject> Fuse(IReadOnlyList<List<DetectedObject>> members, IReadOnlyList<float> weights, float overlap, int most)
    {
        var weighted = new List<DetectedObject>();
        for (var m = 0; m < members.Count; m++)
        {
            foreach (var detection in members[m])
            {
                weighted.Add(detection with { Score = detection.Score * weights[m] });
            }
        }

        Suppression.Sort(weighted);
        var clusters = new List<Cluster>();
        foreach (var detection in weighted)
        {
            Nearest(clusters, detection, overlap).Add(detection);
        }

        var total = weights.Sum();
        var fused = clusters.Select(c => c.Fused(members.Count, total)).ToList();
        Suppression.Sort(fused);
        if (fused.Count > most)
        {
            fused.RemoveRange(most, fused.Count - most);
        }

        return fused;
    }

    /// <summary>The cluster that a detection overlaps most; a new one where it overlaps none enough.</summary>
    private static Cluster Nearest(List<Cluster> clusters, in DetectedObject detection, float overlap)
    {
        Cluster? nearest = null;
        double largest = overlap;
        foreach (var cluster in clusters)
        {
            if (cluster.Class == detection.Class && cluster.Box.IoU(detection.Box) is var iou && iou > largest)
            {
                (nearest, largest) = (cluster, iou);
            }
        }

        if (nearest is null)
        {
            clusters.Add(nearest = new Cluster(detection.Class));
        }

        return nearest;
    }

    private sealed class Cluster(int type)
    {
        private double _x0, _y0, _x1, _y1, _scores, _weights;
        private int _count;

        public int Class => type;

        public Box Box { get; private set; }

        public void Add(in DetectedObject detection)
        {
            // Scores of zero have no say where there are others, and make a mean where there are none.
            var weight = Math.Max(detection.Score, 1e-12);
            _x0 += weight * detection.Box.X0;
            _y0 += weight * detection.Box.Y0;
            _x1 += weight * detection.Box.X1;
            _y1 += weight * detection.Box.Y1;
            _weights += weight;
            _scores += detection.Score;
            _count++;
            Box = new Box((float)(_x0 / _weights), (float)(_y0 / _weights), (float)(_x1 / _weights), (float)(_y1 / _weights));
        }

        public DetectedObject Fused(int models, float totalWeight) =>
            new(Box, (float)Math.Min(1, _scores / _count * Math.Min(models, _count) / totalWeight), type);
    }
}
