using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Training.Assignment;

/// <summary>
/// By places alone, whatever the network says: a cell stands for a square of four strides, and is the object's that this overlaps most, with an IoU of one half at least; every object has its best
/// cell. Between 0.4 and one half a cell is judged as neither (Lin et al. 2017, "Focal loss for dense object detection").
/// </summary>
internal sealed class OverlapAssignment : PredictionAssignment
{
    private const float SideInStrides = 4;
    private const double Own = 0.5;
    private const double Neither = 0.4;

    public override void Assign(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, Span<int> owners)
    {
        owners.Fill(Background);
        var (best, bestCells) = (new double[objects.Count], new int[objects.Count]);
        for (var cell = 0; cell < predictions.Count; cell++)
        {
            var side = SideInStrides * predictions.Grid.Strides[cell];
            var (square, largest) = (Box.OfCentre(predictions.Grid.X[cell], predictions.Grid.Y[cell], side, side), 0.0);
            for (var i = 0; i < objects.Count; i++)
            {
                var overlap = square.IoU(objects[i].Box);
                if (overlap > largest)
                {
                    largest = overlap;
                    owners[cell] = overlap >= Own ? i : overlap >= Neither ? Ignored : Background;
                }

                if (overlap > best[i])
                {
                    (best[i], bestCells[i]) = (overlap, cell);
                }
            }
        }

        for (var i = 0; i < objects.Count; i++)
        {
            if (best[i] > 0)
            {
                owners[bestCells[i]] = i;
            }
        }
    }
}
