namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// Weighted boxes fusion (Solovyev, Wang and Gabruseva 2021, "Weighted boxes fusion: Ensembling boxes from different object detection models"): boxes of one
/// class that overlap become one, the mean of their corners weighted by their scores. What few of the models have found loses score.
/// Unlike there, a model votes once on an object, with its surest box: what one model finds twice is not what two have found.
/// </summary>
internal static class BoxFusion
{
    /// <summary>Fuses the detections of some models.</summary>
    /// <param name="members">Detections of each model, in any order.</param>
    /// <param name="weights">Weight of each model, above 0.</param>
    /// <param name="overlap">IoU of a detection with a fused box above which it is of the same object.</param>
    /// <param name="most">Detections that are left, at most.</param>
    /// <returns>The fused detections, by falling score: the weighted mean of the models' highest scores, 0 for one that has not found the object.</returns>
    public static List<DetectedObject> Fuse(IReadOnlyList<List<DetectedObject>> members, IReadOnlyList<float> weights, float overlap, int most)
    {
        var weighted = new List<(DetectedObject Detection, int Model)>();
        for (var m = 0; m < members.Count; m++)
        {
            foreach (var detection in members[m])
            {
                weighted.Add((detection with { Score = detection.Score * weights[m] }, m));
            }
        }

        var clusters = new List<Cluster>();
        foreach (var (detection, model) in weighted.OrderByDescending(d => d.Detection.Score))
        {
            Nearest(clusters, detection, overlap, members.Count).Add(detection, model);
        }

        var total = weights.Sum();
        var fused = clusters.Select(c => c.Fused(total)).ToList();
        Suppression.Sort(fused);
        if (fused.Count > most)
        {
            fused.RemoveRange(most, fused.Count - most);
        }

        return fused;
    }

    /// <summary>The cluster that a detection overlaps most; a new one where it overlaps none enough.</summary>
    private static Cluster Nearest(List<Cluster> clusters, in DetectedObject detection, float overlap, int models)
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
            clusters.Add(nearest = new Cluster(detection.Class, models));
        }

        return nearest;
    }

    private sealed class Cluster(int type, int models)
    {
        private readonly bool[] _voted = new bool[models];
        private double _x0, _y0, _x1, _y1, _scores, _weights;

        public int Class => type;

        public Box Box { get; private set; }

        /// <summary>Adds the box of a model, if it is the model's first.</summary>
        public void Add(in DetectedObject detection, int model)
        {
            if (_voted[model])
            {
                return;
            }

            _voted[model] = true;
            // Scores of zero have no say where there are others, and make a mean where there are none.
            var weight = Math.Max(detection.Score, 1e-12);
            _x0 += weight * detection.Box.X0;
            _y0 += weight * detection.Box.Y0;
            _x1 += weight * detection.Box.X1;
            _y1 += weight * detection.Box.Y1;
            _weights += weight;
            _scores += detection.Score;
            Box = new Box((float)(_x0 / _weights), (float)(_y0 / _weights), (float)(_x1 / _weights), (float)(_y1 / _weights));
        }

        public DetectedObject Fused(float totalWeight) => new(Box, (float)Math.Min(1, _scores / totalWeight), type);
    }
}
