using Google.Protobuf;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>A bound embedding task, as it is saved.</summary>
internal sealed partial class SavedEmbeddingTask
{
    private const int CurrentVersion = 1;

    /// <summary>The message of a task.</summary>
    public static SavedEmbeddingTask Of(BoundEmbedding bound)
    {
        var saved = new SavedEmbeddingTask
        {
            Version = CurrentVersion,
            EmbeddingColumn = bound.Task.EmbeddingColumnName,
            LabelColumn = bound.Task.LabelColumnName ?? "",
            Loss = (int)bound.Task.Loss,
            UnitLength = bound.Task.UnitLength,
        };
        saved.Maps.AddRange(bound.Maps.Select(SavedSpaceMap.Of));
        saved.Tuned.AddRange(bound.Tuned.Select(SavedSpaceMap.Of));
        return saved;
    }

    /// <summary>Makes the task of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public static BoundTask Load(ByteString bytes, ScorerSet scorers)
    {
        var saved = Parser.ParseFrom(bytes);
        if (saved.Version != CurrentVersion)
        {
            throw new InvalidDataException(
                $"The saved router's embedding task is of version {saved.Version}; this library reads version {CurrentVersion}.");
        }

        var task = saved.ToTask();
        var outputs = BoundEmbedding.OutputsOf(scorers);
        return saved.Maps.Count == outputs.Count && (saved.Tuned.Count == 0 || saved.Tuned.Count == outputs.Count)
            ? new BoundEmbedding(
                task,
                outputs,
                saved.Maps.Select((m, r) => m.ToMap(outputs[r].Length, outputs[^1].Length, isNeeded: true)).ToArray(),
                saved.Tuned.Select((m, r) => m.ToMap(outputs[r].Length, outputs[^1].Length, isNeeded: false)).ToArray())
            : throw new InvalidDataException($"it has {saved.Maps.Count} maps, and {saved.Tuned.Count} fitted to labels, for {outputs.Count} resolutions");
    }

    private EmbeddingTask ToTask()
    {
        var task = new EmbeddingTask
        {
            EmbeddingColumnName = EmbeddingColumn,
            LabelColumnName = LabelColumn.Length == 0 ? null : LabelColumn,
            Loss = (EmbeddingLoss)Loss,
            UnitLength = UnitLength,
        };
        try
        {
            task.Validate();
            return task;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"its task cannot be: {e.Message}", e);
        }
    }
}

/// <summary>A map, as it is saved.</summary>
internal sealed partial class SavedSpaceMap
{
    /// <summary>The message of a map.</summary>
    public static SavedSpaceMap Of(FoldedMap? map) =>
        map is null ? new SavedSpaceMap() : new SavedSpaceMap { Matrix = { map.Deployed.Matrix }, Offset = { map.Deployed.Offset } };

    /// <summary>Makes the map of its message; null for a resolution that has none.</summary>
    /// <param name="inputs">Numbers of an embedding of the resolution.</param>
    /// <param name="outputs">Numbers of an embedding of the largest resolution.</param>
    /// <param name="isNeeded">Whether nothing else maps embeddings of another length.</param>
    public FoldedMap? ToMap(int inputs, int outputs, bool isNeeded)
    {
        if (Matrix.Count == 0 && Offset.Count == 0)
        {
            return inputs == outputs || !isNeeded
                ? null
                : throw new InvalidDataException($"it has no map from {inputs} to {outputs} numbers");
        }

        if (Offset.Count != outputs || Matrix.Count != (long)inputs * outputs || !Matrix.All(float.IsFinite) || !Offset.All(float.IsFinite))
        {
            throw new InvalidDataException(
                $"a map from {inputs} to {outputs} numbers has a matrix of {Matrix.Count} and an offset of {Offset.Count}, or one is not finite");
        }

        return new FoldedMap(new SpaceMap([.. Matrix], [.. Offset]), []);
    }
}
