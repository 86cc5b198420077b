namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>A router of a loss, measured on the test alphabets.</summary>
/// <param name="Loss">What it was fitted to.</param>
/// <param name="Budgets">Parts of the largest size's cost.</param>
/// <param name="Points">The router at each budget, beside its baselines.</param>
/// <param name="Unlabelled">Recall at 1 at each budget of a router that was fitted without labels; empty where the loss needs them.</param>
/// <param name="UnlabelledCosts">What that one costs, as a part of the largest size's cost.</param>
internal sealed record FittedCharacters(
    EmbeddingLoss Loss, IReadOnlyList<double> Budgets, IReadOnlyList<OtdRoutingComparison> Points, IReadOnlyList<TaskMeasure> Unlabelled, IReadOnlyList<double> UnlabelledCosts)
{
    /// <summary>Fits and measures.</summary>
    /// <param name="split">The images.</param>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="budgets">Parts of the largest size's cost.</param>
    public static FittedCharacters Measure(CharacterSplit split, CharacterNetwork network, EmbeddingLoss loss, IReadOnlyList<double> budgets)
    {
        var context = new MLContext(1);
        var task = new EmbeddingTask { LabelColumnName = CharacterSplit.KeyColumn, Loss = loss };
        var (queries, gallery) = (CharacterSplit.View(context, split.Queries), CharacterSplit.View(context, split.Gallery));
        using var router = Fit(task);
        var points = context.OtdRouting().Sweep(router, queries, [.. budgets.Select(ComputeBudget.FractionOfLargest)], gallery);
        if (loss == EmbeddingLoss.RetrievedLabel)
        {
            return new FittedCharacters(loss, budgets, points, [], []);
        }

        var largest = points[0].Resolutions[^1].MeanCost;
        // A gallery is embedded by the largest size, whatever embeds the queries.
        var embedded = LargestOnly(context, network, gallery);
        using var unlabelled = Fit(new EmbeddingTask { Loss = loss });
        var (recall, costs) = (new List<TaskMeasure>(), new List<double>());
        foreach (var budget in budgets)
        {
            using var routed = unlabelled.WithBudget(ComputeBudget.FractionOfLargest(budget));
            var scored = routed.Transform(queries);
            recall.Add(context.OtdRouting().EvaluateRetrieval(scored, embedded, task)[0]);
            costs.Add(context.OtdRouting().Evaluate(scored, new EmbeddingTask()).MeanCost / largest);
        }

        return new FittedCharacters(loss, budgets, points, recall, costs);

        OtdRoutingTransformer Fit(EmbeddingTask fitted)
        {
            var options = new OtdResolutionRouter.Options { Task = fitted };
            foreach (var resolution in network.Resolutions)
            {
                options.Resolutions.Add(resolution);
            }

            return context.OtdRouting().Route(options).Fit(CharacterSplit.View(context, split.Fitting));
        }
    }

    private static IDataView LargestOnly(MLContext context, CharacterNetwork network, IDataView gallery)
    {
        var size = CharacterNetwork.Sizes[^1];
        var shape = new Dictionary<string, int[]> { ["image"] = [1, 3, size, size] };
        var pipeline = context.Transforms.CopyColumns("image", nameof(CharacterRow.Image))
            .Append(context.Transforms.ApplyOnnxModel(["embedding"], ["image"], network.Files[^1], shape, null, false))
            .Append(context.Transforms.CopyColumns("Embedding", "embedding"));
        return pipeline.Fit(gallery).Transform(gallery);
    }
}
