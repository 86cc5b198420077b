namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Fitted embeddings of routes, as they are saved.</summary>
internal sealed partial class SavedEmbeddingModel
{
    /// <summary>The message of a model.</summary>
    public static SavedEmbeddingModel Of(EmbeddingModel model)
    {
        var saved = new SavedEmbeddingModel { Weights = { model.Weights.Select(w => new SavedWeights { OfMembers = { w } }) }, IsTuned = model.IsTuned };
        if (model.Anchors is { } anchors)
        {
            saved.Anchors = new SavedAnchors
            {
                Directions = { anchors.Directions },
                Sharpness = anchors.Sharpness,
                Groups = { anchors.Groups },
                Folds = { anchors.Folds },
                FoldCount = anchors.FoldCount ?? 0,
            };
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

        return new EmbeddingModel(
            task, firstLook, routes, Weights.Select(w => w.OfMembers.ToArray()).ToList(), Anchors?.ToAnchors(task.KeptLength(firstLook)), IsTuned);
    }
}

/// <summary>Anchors, as they are saved.</summary>
internal sealed partial class SavedAnchors
{
    /// <summary>Folds that a router may have.</summary>
    private const int MostFolds = 255;

    /// <summary>Makes the anchors of their message.</summary>
    public Anchors ToAnchors(int length)
    {
        if (Groups.Count == 0 || Directions.Count != (long)Groups.Count * length || !Directions.All(float.IsFinite) || !(Sharpness > 0 && float.IsFinite(Sharpness)))
        {
            throw new InvalidDataException(
                $"its {Groups.Count} anchors have {Directions.Count} numbers, for embeddings of {length}, and the sharpness {Sharpness}, or one is not finite");
        }

        // A group is a feature: there are no more of them than anchors.
        if (!Groups.All(g => g >= 0 && g < Groups.Count))
        {
            throw new InvalidDataException($"an anchor is of a group that is none of {Groups.Count}");
        }

        if (Folds.Count > 0 && (Folds.Count != Groups.Count || FoldCount is < 2 or > MostFolds || !Folds.All(f => f >= 0 && f < FoldCount) || Folds.Distinct().Count() < 2))
        {
            throw new InvalidDataException($"its {Groups.Count} anchors are of {Folds.Count} folds, which are not those of {FoldCount}");
        }

        return new Anchors([.. Directions], length, Sharpness, [.. Groups], [.. Folds], FoldCount);
    }
}
