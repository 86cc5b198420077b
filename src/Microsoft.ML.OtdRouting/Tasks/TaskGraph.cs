using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Writes a task's part of an exported graph, which scores one image.</summary>
internal abstract class TaskGraph
{
    /// <summary>Floats of what a resolution says, in the form that <see cref="Answer"/> takes.</summary>
    public abstract int MemberLength(int resolution);

    /// <summary>What a resolution says, in the form that <see cref="Answer"/> takes: [1, <see cref="MemberLength"/>].</summary>
    /// <param name="writer">The graph, or the branch in which the resolution is scored.</param>
    /// <param name="resolution">The resolution.</param>
    /// <param name="outputs">Its tensors, each with a leading batch axis of one.</param>
    public abstract string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs);

    /// <summary>As <see cref="TaskModel.Describe"/>: [1, features].</summary>
    /// <param name="writer">The graph.</param>
    /// <param name="outputs">Tensors of the first look.</param>
    /// <param name="fold">The image's fold: int64 [1].</param>
    public abstract string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold);

    /// <summary>As <see cref="TaskModel.Combine"/>: [1, <see cref="BoundTask.AnswerLength"/>].</summary>
    /// <param name="writer">The graph.</param>
    /// <param name="members">
    /// What every resolution of the model's routes says, in ascending order of the resolutions; zeros where the route does without one.
    /// </param>
    /// <param name="route">The route: int64 [1].</param>
    public abstract string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route);

    /// <summary>The columns that are made of an answer.</summary>
    public abstract IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer);
}
