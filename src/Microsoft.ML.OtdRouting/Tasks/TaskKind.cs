using Google.Protobuf;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Makes tasks of what was saved.</summary>
/// <param name="Name">Name of the task: <see cref="RoutingTask.Name"/>.</param>
/// <param name="Load">Makes the task, from what <see cref="BoundTask.Save"/> gave and the scorers that were saved with it.</param>
internal sealed record TaskKind(string Name, Func<ByteString, ScorerSet, BoundTask> Load)
{
    private static readonly Dictionary<string, TaskKind> Known = [];

    /// <summary>Makes a kind of task known to whoever loads routers.</summary>
    public static void Register(TaskKind kind)
    {
        lock (Known)
        {
            Known[kind.Name] = kind;
        }
    }

    /// <summary>The kind of a name.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public static TaskKind Find(string name)
    {
        lock (Known)
        {
            return Known.TryGetValue(name, out var kind)
                ? kind
                : throw new InvalidDataException($"The saved router's task is '{name}'; known are {string.Join(", ", Known.Keys.Order())}.");
        }
    }
}
