namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Fitted embeddings of routes, as they are saved.</summary>
internal sealed partial class SavedEmbeddingModel
{
    /// <summary>The message of a model.</summary>
    public static SavedEmbeddingModel Of(EmbeddingModel model)
    {
        var saved = new SavedEmbeddingModel { Weights = { model.Weights.Select(w => new SavedWeights { OfMembers = { w } }) } };
        if (model.Anchors is { } anchors)
        {
            saved.Anchors = new SavedAnchors { Directions = { anchors.Directions }, Sharpness = anchors.Sharpness };
        }

        return saved;
    }

    /// <summary>Makes the model of its message.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    public EmbeddingModel ToModel(BoundEmbedding task, int firstLook, IReadOnlyList<Route> routes)
    {
        if (Weights.Count != routes.Count)
        {
            throw new InvalidDataException($"it has weights of {Weights.Count} routes for {routes.Count}");
        }

        for (var k = 0; k < routes.Count; k++)
        {
            if (Weights[k].OfMembers.Count != routes[k].Resolutions.Count || !Weights[k].OfMembers.All(float.IsFinite))
            {
                throw new InvalidDataException(
                    $"route {routes[k].Name} has {routes[k].Resolutions.Count} members and {Weights[k].OfMembers.Count} weights, or one is not finite");
            }
        }

        return new EmbeddingModel(task, firstLook, routes, Weights.Select(w => w.OfMembers.ToArray()).ToList(), Anchors?.ToAnchors(task.KeptLength(firstLook)));
    }
}

/// <summary>Anchors, as they are saved.</summary>
internal sealed partial class SavedAnchors
{
    /// <summary>Makes the anchors of their message.</summary>
    public Anchors ToAnchors(int length) =>
        Directions.Count > 0 && Directions.Count % length == 0 && Directions.All(float.IsFinite) && Sharpness > 0 && float.IsFinite(Sharpness)
            ? new Anchors([.. Directions], length, Sharpness)
            : throw new InvalidDataException(
                $"its anchors have {Directions.Count} numbers, for embeddings of {length}, and the sharpness {Sharpness}, or one is not finite");
}
