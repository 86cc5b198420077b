using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Training.Assignment;

namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>What is asked of the predictions of a batch.</summary>
/// <param name="images">Number of images.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="cells">Predictions of an image.</param>
internal sealed class WantedPredictions(int images, int classes, int cells)
{
    private readonly int[] _owners = new int[cells];

    /// <summary>What the scores should be, [images, classes, cells]: of an object's class the IoU of the prediction with it, else 0.</summary>
    public float[] Qualities { get; } = new float[images * classes * cells];

    /// <summary>Where the boxes should be, [images, 4, cells]: left, top, right and bottom; a square of one pixel where there is nothing.</summary>
    public float[] Corners { get; } = new float[images * 4 * cells];

    /// <summary>1 for predictions whose scores are judged, [images, cells]; 0 for those of what is ignored.</summary>
    public float[] Judged { get; } = new float[images * cells];

    /// <summary>1 for predictions of objects, [images, cells].</summary>
    public float[] Owned { get; } = new float[images * cells];

    /// <summary>One divided by the number of predictions of objects, [images]; 1 where there are none.</summary>
    public float[] Shares { get; } = new float[images];

    /// <summary>Settles what is asked of an image.</summary>
    /// <param name="image">Which image.</param>
    /// <param name="predictions">What the network says about it.</param>
    /// <param name="objects">What there is.</param>
    /// <param name="assignment">Which predictions are of which objects.</param>
    public void Assign(int image, ImagePredictions predictions, List<TrueObject> objects, PredictionAssignment assignment)
    {
        var counted = objects.FindAll(o => !o.IsIgnored);
        assignment.Assign(predictions, counted, _owners);
        var corners = Corners.AsSpan(image * 4 * cells, 4 * cells);
        var count = 0;
        corners[(2 * cells)..].Fill(1);
        for (var cell = 0; cell < cells; cell++)
        {
            var (owner, place) = (_owners[cell], (image * cells) + cell);
            Judged[place] = owner == PredictionAssignment.Ignored || (owner < 0 && IsOfIgnored(predictions, cell, objects)) ? 0 : 1;
            if (owner >= 0)
            {
                var box = counted[owner].Box;
                Qualities[(((image * classes) + counted[owner].Class) * cells) + cell] = (float)predictions.BoxAt(cell).IoU(box);
                (corners[cell], corners[cells + cell], corners[(2 * cells) + cell], corners[(3 * cells) + cell]) = (box.X0, box.Y0, box.X1, box.Y1);
                Owned[place] = 1;
                count++;
            }
        }

        Shares[image] = 1f / Math.Max(1, count);
    }

    private static bool IsOfIgnored(ImagePredictions predictions, int cell, List<TrueObject> objects)
    {
        foreach (var one in objects)
        {
            if (one.IsIgnored && predictions.IsIn(cell, one.Box))
            {
                return true;
            }
        }

        return false;
    }
}
