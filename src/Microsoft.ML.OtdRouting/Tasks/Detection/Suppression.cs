namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// Greedy suppression of what is found twice, class by class: the detection with the highest score stays, those of its class that overlap it too much go, and
/// so on. Of equal scores the one that comes first is the higher.
/// </summary>
internal static class Suppression
{
    /// <summary>Orders detections by falling score; those of equal scores stay in their order.</summary>
    public static void Sort(List<DetectedObject> detections)
    {
        var sorted = detections.OrderByDescending(d => d.Score).ToList();
        detections.Clear();
        detections.AddRange(sorted);
    }

    /// <summary>Suppresses in place; what is left is in the order of falling score.</summary>
    /// <param name="detections">The detections.</param>
    /// <param name="overlap">IoU above which the lower one of two goes, 0 to 1; 1 suppresses nothing.</param>
    /// <param name="most">Detections that are left, at most.</param>
    public static void Apply(List<DetectedObject> detections, float overlap, int most)
    {
        Sort(detections);
        var kept = 0;
        for (var i = 0; i < detections.Count && kept < most; i++)
        {
            if (!IsSuppressed(detections, kept, detections[i], overlap))
            {
                detections[kept++] = detections[i];
            }
        }

        detections.RemoveRange(kept, detections.Count - kept);
    }

    private static bool IsSuppressed(List<DetectedObject> detections, int kept, in DetectedObject one, float overlap)
    {
        for (var j = 0; j < kept; j++)
        {
            if (detections[j].Class == one.Class && detections[j].Box.IoU(one.Box) > overlap)
            {
                return true;
            }
        }

        return false;
    }
}
