namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Fitted probabilities of routes, as they are saved.</summary>
internal sealed partial class SavedClassificationModel
{
    /// <summary>The message of a model.</summary>
    public static SavedClassificationModel Of(ClassificationModel model)
    {
        var saved = new SavedClassificationModel
        {
            Aligned = (int)model.Ensemble.Aligned,
            InverseTemperatures = { model.Ensemble.InverseTemperatures },
            Pools = { model.Ensemble.Pools.Select(SavedPool.Of) },
        };
        if (model.Features is { } features)
        {
            saved.Features = new SavedFeatures
            {
                EmbeddingLength = features.EmbeddingLength,
                InverseTemperature = features.InverseTemperature,
                Pools = { (features.Pools ?? []).Select(SavedPool.Of) },
            };
        }

        return saved;
    }

    /// <summary>Makes the model of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public ClassificationModel ToModel(BoundClassification task, int firstLook, IReadOnlyList<Route> routes)
    {
        var classes = task.Classes.Count;
        if (Pools.Count != routes.Count || !Enum.IsDefined((AlignedBy)Aligned))
        {
            throw new InvalidDataException($"it has {Pools.Count} pools for {routes.Count} routes, aligned in way {Aligned}");
        }

        if (InverseTemperatures.Count != task.ResolutionCount || !InverseTemperatures.All(float.IsFinite))
        {
            throw new InvalidDataException($"it has {InverseTemperatures.Count} temperatures for {task.ResolutionCount} resolutions, or one is not finite");
        }

        if (Features is not null && Features.EmbeddingLength != task.EmbeddingLength(firstLook))
        {
            throw new InvalidDataException($"its embedding has {Features.EmbeddingLength} numbers; that of its first look has {task.EmbeddingLength(firstLook)}");
        }

        var ensemble = new Ensemble(routes, (AlignedBy)Aligned, [.. InverseTemperatures], Pools.Select((p, k) => p.ToPool(routes[k].Resolutions.Count, classes)).ToArray());
        var features = Features is null
            ? null
            : new FirstLookFeatures(
                task,
                firstLook,
                Features.EmbeddingLength,
                Features.InverseTemperature,
                Features.Pools.Count == 0 ? null : Features.Pools.Select(p => p.ToPool(1, classes)).ToArray());
        return new ClassificationModel(task, firstLook, ensemble, features);
    }
}

/// <summary>A pool, as it is saved.</summary>
internal sealed partial class SavedPool
{
    public static SavedPool Of(LogPool pool) => new() { Weights = { pool.Weights }, Bias = { pool.Bias }, Mixing = { pool.Mixing ?? [] } };

    /// <summary>Makes the pool of its message.</summary>
    public LogPool ToPool(int members, int classes) =>
        Weights.Count == members && Bias.Count == classes && (Mixing.Count == 0 || Mixing.Count == members * classes * classes)
            ? new LogPool([.. Weights], [.. Bias], Mixing.Count == 0 ? null : [.. Mixing])
            : throw new InvalidDataException(
                $"a pool of {members} members and {classes} classes has {Weights.Count} weights, {Bias.Count} biases and {Mixing.Count} numbers in its matrices.");
}
