using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Assignment;
using Microsoft.ML.OtdRouting.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>
/// Classes and boxes of objects. The truth about an image is that of an <see cref="ObjectReader"/>, its boxes in pixels of the largest size. Scores are held against the IoU of a prediction with its object
/// by the quality focal loss, boxes by the generalised IoU; both are divided by the number of predictions that are of objects.
/// </summary>
/// <remarks>Li et al. 2020, "Generalized focal loss"; Rezatofighi et al. 2019, "Generalized intersection over union".</remarks>
internal sealed class BoundDetectionObjective : BoundObjective
{
    /// <summary>Weight of the boxes beside the scores, that of "Generalized focal loss".</summary>
    private const double BoxWeight = 2;

    /// <summary>Scores are that far from 0 and 1, for their logarithms.</summary>
    private const double LeastScore = 1e-6;

    private readonly DetectionTask _task;
    private readonly PredictionAssignment _assignment;
    private readonly InputSize _largest;
    private readonly Dictionary<(InputSize Size, long Predictions), PredictionGrid> _grids = [];

    /// <param name="task">Names the columns, and says how detections are made of predictions.</param>
    /// <param name="assignment">Which predictions are of which objects.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="largest">The largest size of the images.</param>
    public BoundDetectionObjective(DetectionTask task, PredictionAssignment assignment, DataViewSchema schema, InputSize largest)
    {
        (_task, _assignment, _largest) = (task, assignment, largest);
        Columns = ObjectReader.Columns(task, schema) is { Count: > 0 } columns
            ? columns
            : throw new ArgumentException($"There is no label column '{task.LabelColumnName}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        ClassNames = ClassKeys.KeysOf(Columns[0]);
    }

    public override IReadOnlyList<DataViewSchema.Column> Columns { get; }

    public override int Outputs => ClassNames.Count;

    public override int TargetLength => 1 + (_task.MaxObjects * ObjectReader.ObjectLength);

    public override IReadOnlyList<string> ClassNames { get; }

    public override TruthReader CreateReader(DataViewRowCursor cursor)
    {
        var reader = new ObjectReader(_task, key => key, cursor);
        return (frame, describe) =>
        {
            var truth = new float[TargetLength];
            reader.Read(truth, describe);
            Move(truth, box => new Box(
                (box.X0 * frame.ScaleX) + frame.X, (box.Y0 * frame.ScaleY) + frame.Y, (box.X1 * frame.ScaleX) + frame.X, (box.Y1 * frame.ScaleY) + frame.Y));
            return truth;
        };
    }

    public override void Place(ReadOnlySpan<float> truth, ImagePlacement placement, Span<float> target)
    {
        truth.CopyTo(target);
        var (down, right, mirrored) = (placement.Down, placement.Right, placement.Mirrored);
        Move(target, box =>
        {
            var (left, far) = mirrored ? (_largest.Width - box.X1, _largest.Width - box.X0) : (box.X0, box.X1);
            return new Box(left + right, box.Y0 + down, far + right, box.Y1 + down);
        });
    }

    public override Tensor Losses(NetworkOutput output, Tensor targets, InputSize size)
    {
        var (images, cells) = (output.Answer.shape[0], (int)output.Answer.shape[2]);
        var wanted = Wanted(output.Answer, targets.Values(), size);
        var scores = output.Answer.narrow(1, 4, Outputs).Clamp(LeastScore, 1 - LeastScore);
        var quality = tensor(wanted.Qualities, [images, Outputs, cells]);
        var entropy = quality.mul(scores.log()).Plus(quality.neg().Plus(1).mul(scores.neg().log1p())).neg();
        var ofScores = entropy.mul(quality.Plus(scores, -1).square()).mul(tensor(wanted.Judged, [images, 1, cells])).sum([1, 2]).mul(tensor(wanted.Shares, [images]));
        var apart = OverlapLosses(output.Answer.narrow(1, 0, 4), tensor(wanted.Corners, [images, 4, cells]));
        return ofScores.Plus(apart.mul(tensor(wanted.Owned, [images, cells])).sum([1]).mul(tensor(wanted.Shares, [images])), BoxWeight);
    }

    public override double Right(NetworkOutput output, Tensor targets, InputSize size)
    {
        var (images, cells) = (output.Answer.shape[0], output.Answer.shape[2]);
        var form = new OutputForm(_task.Output, _task.BoxFormat, _task.ScoresAreLogits, [4 + Outputs, cells], _task.Strides, size.Height, size.Width);
        var (answers, truths) = (output.Answer.Values(), targets.Values());
        var right = 0.0;
        for (var image = 0; image < images; image++)
        {
            var found = new List<DetectedObject>();
            form.Read(answers.AsSpan(image * form.Length * form.Count, form.Length * form.Count), _task.LeastScore, found);
            Suppression.Apply(found, _task.SuppressionOverlap, _task.MaxDetections);
            right += ImagePrecision.Of(found, Objects(truths.AsSpan(image * TargetLength, TargetLength), size));
        }

        return right;
    }

    /// <summary>What is asked of the predictions of a batch as they are.</summary>
    internal WantedPredictions Wanted(Tensor answer, float[] truths, InputSize size)
    {
        var (images, cells) = ((int)answer.shape[0], answer.shape[2]);
        if (!_grids.TryGetValue((size, cells), out var grid))
        {
            _grids.Add((size, cells), grid = PredictionGrid.Of(size, cells));
        }

        var (values, length) = (answer.Values(), (4 + Outputs) * grid.Count);
        var wanted = new WantedPredictions(images, Outputs, grid.Count);
        for (var image = 0; image < images; image++)
        {
            var predictions = new ImagePredictions(values.AsSpan(image * length, length), grid);
            wanted.Assign(image, predictions, Objects(truths.AsSpan(image * TargetLength, TargetLength), size), _assignment);
        }

        return wanted;
    }

    /// <summary>One minus the generalised IoU, [images, cells].</summary>
    /// <param name="boxes">Centres and sizes, [images, 4, cells].</param>
    /// <param name="corners">The corners that they should have.</param>
    private static Tensor OverlapLosses(Tensor boxes, Tensor corners)
    {
        var (centres, halves) = (boxes.narrow(1, 0, 2), boxes.narrow(1, 2, 2).Times(0.5));
        var (least, most) = (centres.Plus(halves, -1), centres.Plus(halves));
        var (trueLeast, trueMost) = (corners.narrow(1, 0, 2), corners.narrow(1, 2, 2));
        var both = Area(minimum(most, trueMost).Plus(maximum(least, trueLeast), -1).relu());
        var either = Area(most.Plus(least, -1)).Plus(Area(trueMost.Plus(trueLeast, -1))).Plus(both, -1);
        var around = Area(maximum(most, trueMost).Plus(minimum(least, trueLeast), -1));
        // 1 − (both / either − (around − either) / around) = 2 − both / either − either / around
        return both.div(either).Plus(either.div(around)).neg().Plus(2);
    }

    private static Tensor Area(Tensor sides) => sides.select(1, 0).mul(sides.select(1, 1));

    /// <summary>The objects of an image in the pixels of a size.</summary>
    private List<TrueObject> Objects(ReadOnlySpan<float> truth, InputSize size)
    {
        var (x, y) = ((float)size.Width / _largest.Width, (float)size.Height / _largest.Height);
        return ObjectReader.Objects(truth)!.ConvertAll(o => o with { Box = new Box(o.Box.X0 * x, o.Box.Y0 * y, o.Box.X1 * x, o.Box.Y1 * y) });
    }

    /// <summary>Moves the boxes of a truth, and cuts them at the edges of the image; of those that lie beyond nothing is left.</summary>
    private void Move(Span<float> truth, Func<Box, Box> move)
    {
        for (var i = 0; i < (int)truth[0]; i++)
        {
            var one = truth.Slice(1 + (i * ObjectReader.ObjectLength), 4);
            var box = move(new Box(one[0], one[1], one[2], one[3])).Within(_largest.Width, _largest.Height);
            (one[0], one[1], one[2], one[3]) = (box.X0, box.Y0, box.X1, box.Y1);
        }
    }
}
