using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>Errors of maps. The truth about an image is its map, with 1 for pixels without a value, and behind it the weights of its pixels, which sum to 1; all 0 where none has a value.</summary>
internal sealed class BoundDenseObjective : BoundObjective
{
    /// <summary>The ratio within which a value counts as right.</summary>
    private const float Within = 1.25f;

    private readonly DenseRegressionTask _task;
    private readonly DataViewSchema.Column _target;
    private readonly int _height;
    private readonly int _width;

    /// <param name="task">Names the column, the loss and the mark of pixels without a value.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="largest">The largest size of the images: maps have its shape, or that of a whole part of both sides, unless their column says another.</param>
    public BoundDenseObjective(DenseRegressionTask task, DataViewSchema schema, InputSize largest)
    {
        _task = task;
        _target = TargetMaps.Bind(schema, task.TargetColumnName!, "label column", null);
        (_height, _width) = ShapeOf(_target, largest);
    }

    public override IReadOnlyList<DataViewSchema.Column> Columns => [_target];

    public override int Outputs => 1;

    public override int TargetLength => 2 * Pixels;

    private int Pixels => _height * _width;

    public override TruthReader CreateReader(DataViewRowCursor cursor)
    {
        var reader = new TargetMapReader(_task, cursor.GetGetter<VBuffer<float>>(_target), Enumerable.Range(0, Pixels).ToArray(), _width);
        return (_, describe) =>
        {
            var truth = new float[TargetLength];
            var map = truth.AsSpan(0, Pixels);
            reader.Read(map, describe);
            var count = Pixels - map.ToArray().Count(float.IsNaN);
            for (var i = 0; i < Pixels; i++)
            {
                (truth[i], truth[Pixels + i]) = float.IsNaN(truth[i]) ? (1, 0) : (truth[i], 1f / count);
            }

            return truth;
        };
    }

    public override void Place(ReadOnlySpan<float> truth, ImagePlacement placement, Span<float> target)
    {
        truth.CopyTo(target);
        for (var row = 0; placement.Mirrored && row < 2 * _height; row++)
        {
            target.Slice(row * _width, _width).Reverse();
        }
    }

    public override Tensor Losses(NetworkOutput output, Tensor targets, InputSize size)
    {
        var (values, weights) = (targets.narrow(1, 0, Pixels), targets.narrow(1, Pixels, Pixels));
        var map = Resize(output.Answer);
        switch (_task.Loss)
        {
            case DenseLoss.AbsoluteRelative:
                return map.Plus(values, -1).abs().div(values).mul(weights).sum(1);
            case DenseLoss.SquaredLogarithm:
                var difference = map.log().Plus(values.log(), -1);
                return difference.mul(difference).mul(weights).sum(1).Plus(difference.mul(weights).sum(1).square(), -_task.ScaleInvariance);
            default:
                return map.Plus(values, -1).square().mul(weights).sum(1);
        }
    }

    public override double Right(NetworkOutput output, Tensor targets, InputSize size)
    {
        var (map, truth) = (Resize(output.Answer).Values(), targets.Values());
        var right = 0.0;
        for (var i = 0; i < map.Length; i++)
        {
            var (image, pixel) = Math.DivRem(i, Pixels);
            var value = truth[(image * TargetLength) + pixel];
            right += map[i] < Within * value && value < Within * map[i] ? truth[(image * TargetLength) + Pixels + pixel] : 0;
        }

        return right;
    }

    /// <summary>Answers at the size of the truth, [images, pixels]: products with the matrices of the interpolation, as the router's task has it.</summary>
    private Tensor Resize(Tensor answer)
    {
        if (answer.shape is not [var images, 1, var height, var width])
        {
            throw new InvalidOperationException($"The network answers with [{string.Join(", ", answer.shape)}]; expected [batch, 1, height, width].");
        }

        if (height == _height && width == _width)
        {
            return answer.reshape(images, Pixels);
        }

        var rows = tensor(new BilinearAxis((int)height, _height).ToMatrix(), [_height, height]);
        var columns = tensor(new BilinearAxis((int)width, _width).ToMatrix(), [_width, width]);
        return rows.matmul(answer.reshape(images, height, width)).matmul(columns.t()).reshape(images, Pixels);
    }

    private static (int Height, int Width) ShapeOf(DataViewSchema.Column column, InputSize largest)
    {
        var type = (VectorDataViewType)column.Type;
        if (type.Dimensions is [var rows, var columns])
        {
            return (rows, columns);
        }

        for (var part = 1; part <= Math.Min(largest.Height, largest.Width); part++)
        {
            if (largest.Height % part == 0 && largest.Width % part == 0 && largest.Height / part * (largest.Width / part) == type.Size)
            {
                return (largest.Height / part, largest.Width / part);
            }
        }

        throw new ArgumentException(
            $"The label column '{column.Name}' has maps of {type.Size} pixels, which are of no known shape; expected a type with two dimensions, or maps of {largest.Height} × {largest.Width} pixels or of a whole part of both sides.");
    }
}
