using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Training.Assignment;

/// <summary>
/// Every object has the predictions that are the cheapest for it, as many as it wants; one that is wanted twice goes where it costs least ("SimOTA" in Ge et al. 2021, "YOLOX: Exceeding YOLO series in 2021").
/// The cost is the cross-entropy of all classes and 3 times the negative logarithm of the IoU; cells that are not both in the box and about its centre come last.
/// </summary>
internal sealed class CheapestAssignment : PredictionAssignment
{
    private const double OverlapWeight = 3;
    private const int TopOverlaps = 10;
    private const double LeastOverlap = 1e-8;
    private const double LeastScore = 1e-6;
    private const double Outside = 1e6;

    public override void Assign(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, Span<int> owners)
    {
        owners.Fill(Background);
        var prices = new double[predictions.Count];
        Array.Fill(prices, double.PositiveInfinity);
        var (costs, overlaps) = (new List<(double Cost, int Cell)>(), new List<double>());
        for (var i = 0; i < objects.Count; i++)
        {
            costs.Clear();
            overlaps.Clear();
            for (var cell = 0; cell < predictions.Count; cell++)
            {
                var (isIn, isCentral) = (predictions.IsIn(cell, objects[i].Box), predictions.IsCentral(cell, objects[i].Box));
                if (isIn || isCentral)
                {
                    var overlap = predictions.BoxAt(cell).IoU(objects[i].Box);
                    overlaps.Add(overlap);
                    costs.Add((CrossEntropy(predictions, cell, objects[i].Class) - (OverlapWeight * Math.Log(overlap + LeastOverlap)) + (isIn && isCentral ? 0 : Outside), cell));
                }
            }

            costs.Sort();
            foreach (var (cost, cell) in costs.Take(ImagePredictions.Wanted(overlaps, TopOverlaps)))
            {
                if (cost < prices[cell])
                {
                    (prices[cell], owners[cell]) = (cost, i);
                }
            }
        }
    }

    private static double CrossEntropy(ImagePredictions predictions, int cell, int type)
    {
        var sum = 0.0;
        for (var k = 0; k < predictions.Classes; k++)
        {
            var score = Math.Clamp(predictions.ScoreAt(cell, k), LeastScore, 1 - LeastScore);
            sum -= Math.Log(k == type ? score : 1 - score);
        }

        return sum;
    }
}
