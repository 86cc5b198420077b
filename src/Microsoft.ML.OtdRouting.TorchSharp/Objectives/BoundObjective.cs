using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Objectives;

/// <summary>An objective for the rows of a view: how their truth is read, and what networks lose by it.</summary>
internal abstract class BoundObjective
{
    /// <summary>The columns of the truth; at least one.</summary>
    public abstract IReadOnlyList<DataViewSchema.Column> Columns { get; }

    /// <summary>Numbers that a network answers with: classes, or numbers of each position.</summary>
    public abstract int Outputs { get; }

    /// <summary>Floats of the truth about an image.</summary>
    public abstract int TargetLength { get; }

    /// <summary>Names of classes, in the order of the answer; empty where there are none.</summary>
    public virtual IReadOnlyList<string> ClassNames => [];

    /// <summary>Opens a reader of the truth about the row that a cursor is at.</summary>
    public abstract TruthReader CreateReader(DataViewRowCursor cursor);

    /// <summary>The truth about an image that was moved and mirrored. Where that changes nothing, a copy.</summary>
    /// <param name="truth">The truth about the image as it is.</param>
    /// <param name="placement">What was done.</param>
    /// <param name="target">Takes <see cref="TargetLength"/> floats.</param>
    public virtual void Place(ReadOnlySpan<float> truth, ImagePlacement placement, Span<float> target) => truth.CopyTo(target);

    /// <summary>The loss of every image, [images]; their mean is descended.</summary>
    /// <param name="output">What a network makes of the images.</param>
    /// <param name="targets">The truth about them, [images, <see cref="TargetLength"/>].</param>
    /// <param name="size">The size that the images have.</param>
    public abstract Tensor Losses(NetworkOutput output, Tensor targets, InputSize size);

    /// <summary>Of every image how much of it is right, from 0 to 1, summed over the images.</summary>
    /// <param name="output">What a network makes of the images.</param>
    /// <param name="targets">The truth about them.</param>
    /// <param name="size">The size that the images have.</param>
    public abstract double Right(NetworkOutput output, Tensor targets, InputSize size);
}

/// <summary>Reads the truth about the current row.</summary>
/// <param name="frame">How the row's image lies in the pixels of the largest size.</param>
/// <param name="describeRow">Describes the row in messages.</param>
internal delegate float[] TruthReader(ImageFrame frame, Func<string> describeRow);
