using Microsoft.ML.OtdRouting.Tool.Inputs;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>What <c>otd score</c> is asked for.</summary>
/// <param name="File">Where the table goes.</param>
/// <param name="Arrays">Where arrays go; null where it is not said.</param>
/// <param name="Top">Classes of an image; null where it is not said.</param>
/// <param name="Images">The images.</param>
/// <param name="Fitted">The router.</param>
internal sealed record ScoreRequest(string File, string? Arrays, int? Top, ImageList Images, FittedRouter Fitted)
{
    /// <summary>Throws where something is asked for that a task does not write.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="top">Whether it writes the most probable classes.</param>
    /// <param name="arrays">What it writes to <c>--arrays</c>; null for nothing.</param>
    /// <exception cref="Output.UsageException">It does not.</exception>
    public void Require(string task, bool top, string? arrays)
    {
        if (Top is not null && !top)
        {
            throw new Output.UsageException($"--top does not belong to the task {task}, which {Fitted.File} is fitted for; it belongs to classification.");
        }

        if (Arrays is not null && arrays is null)
        {
            throw new Output.UsageException($"--arrays does not belong to the task {task}, which {Fitted.File} is fitted for; it belongs to embedding and dense.");
        }

        if (Arrays is null && arrays is not null)
        {
            throw new Output.UsageException($"{Fitted.File} is fitted for the task {task}: give --arrays, {arrays}.");
        }
    }
}
