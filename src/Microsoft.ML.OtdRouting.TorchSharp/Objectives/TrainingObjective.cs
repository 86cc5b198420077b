using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Training.Objectives;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network is trained for: what the label column holds, what the network answers with, and what it loses by that.</summary>
public abstract class TrainingObjective
{
    private protected TrainingObjective()
    {
    }

    /// <summary>Name of the first output of the files that are written.</summary>
    internal abstract string OutputName { get; }

    /// <summary>All that decides on what is lost, as a checkpoint knows it.</summary>
    internal virtual string Description => GetType().Name;

    /// <summary>Throws where options do not go with the objective; the message names them.</summary>
    internal virtual void Validate(TrainingOptions options)
    {
    }

    /// <summary>The objective for the rows of a view.</summary>
    /// <param name="options">The training.</param>
    /// <param name="schema">Columns of the view.</param>
    /// <exception cref="ArgumentException">There is no column of the truth, or it is of another type.</exception>
    internal abstract BoundObjective Bind(TrainingOptions options, DataViewSchema schema);

    /// <summary>The network of a backbone, where the user has none.</summary>
    internal abstract MultiResolutionNetwork CreateNetwork(Backbone backbone, NetworkSettings settings);

    private protected static void RequireNoDistillation(TrainingOptions options)
    {
        if (options.DistillationWeight != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options.DistillationWeight), options.DistillationWeight, $"{nameof(options.DistillationWeight)} is {options.DistillationWeight}; it must be 0, since it is for classification.");
        }
    }

    private protected static void RequireResidual(TrainingOptions options)
    {
        if (options.Network is null && options.Backbone == Backbone.VisionTransformer)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options.Backbone), options.Backbone, $"{nameof(options.Backbone)} is {options.Backbone}; for answers at every place of the image it must be a residual network.");
        }
    }
}
