namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>Finds the object that a detection is of.</summary>
internal static class ObjectMatch
{
    /// <summary>The object of largest IoU at or above a threshold, of equal ones the last; −1 for none. One that is ignored only where no other will do.</summary>
    /// <param name="box">The detection.</param>
    /// <param name="objects">The objects of its class, those that are ignored last.</param>
    /// <param name="taken">Which have been found; those that are ignored by their kind can be found again.</param>
    /// <param name="threshold">Least IoU.</param>
    /// <param name="isIgnored">Whether an object is ignored.</param>
    public static int Best(in Box box, IReadOnlyList<TrueObject> objects, bool[] taken, double threshold, Func<TrueObject, bool> isIgnored)
    {
        var best = -1;
        for (var i = 0; i < objects.Count; i++)
        {
            if (taken[i] && !objects[i].IsIgnored)
            {
                continue;
            }

            if (best >= 0 && isIgnored(objects[i]) && !isIgnored(objects[best]))
            {
                break;
            }

            var overlap = Overlap(box, objects[i]);
            if (overlap >= threshold)
            {
                (best, threshold) = (i, overlap);
            }
        }

        return best;
    }

    /// <summary>IoU; for a crowd the part of the detection that lies in it.</summary>
    public static double Overlap(in Box box, in TrueObject one) => one.Kind != TrueObjectKind.Crowd ? box.IoU(one.Box)
        : box.Area > 0 ? (double)box.Intersection(one.Box) / box.Area
        : 0;
}
