using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>Cross-entropy to the class of an image.</summary>
internal sealed class BoundClassificationObjective : BoundObjective
{
    private readonly DataViewSchema.Column _label;
    private readonly double _smoothing;

    /// <param name="label">The column of classes, as keys.</param>
    /// <param name="smoothing">Part of the target that is spread over all classes.</param>
    public BoundClassificationObjective(DataViewSchema.Column label, double smoothing)
    {
        _label = label;
        ClassNames = NamesOf(label);
        _smoothing = smoothing;
    }

    public override IReadOnlyList<DataViewSchema.Column> Columns => [_label];

    public override int Outputs => ClassNames.Count;

    public override int TargetLength => 1;

    public override IReadOnlyList<string> ClassNames { get; }

    public override TruthReader CreateReader(DataViewRowCursor cursor)
    {
        var classOf = KeyColumn.CreateGetter(cursor, _label);
        return (_, describe) =>
        {
            var label = classOf();
            return label >= 0 && label < Outputs
                ? [label]
                : throw new InvalidOperationException(
                    $"{describe()}: column '{_label.Name}' has {(label < 0 ? "no class" : string.Create(CultureInfo.InvariantCulture, $"key {label + 1}"))}; expected a key from 1 to {Outputs}.");
        };
    }

    public override Tensor Losses(NetworkOutput output, Tensor targets, InputSize size) =>
        nn.functional.cross_entropy(output.Answer, Classes(targets), reduction: nn.Reduction.None, label_smoothing: _smoothing);

    public override double Right(NetworkOutput output, Tensor targets, InputSize size) => output.Answer.argmax(1).eq(Classes(targets)).sum().cpu().data<long>()[0];

    private static Tensor Classes(Tensor targets) => targets.select(1, 0).to_type(ScalarType.Int64);

    private static IReadOnlyList<string> NamesOf(DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        return count is >= 2 and <= int.MaxValue
            ? ClassMap.KeyNames(label) ?? ClassMap.Positions((int)count)
            : throw new ArgumentException($"The label column '{label.Name}' has keys of {count} classes; at least 2 are needed.");
    }
}
