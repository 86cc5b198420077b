namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>A router of a loss, measured on the test alphabets.</summary>
/// <param name="Title">What it was fitted to.</param>
/// <param name="Points">The router at each budget, beside its baselines, with windows that keep to the budget.</param>
/// <param name="PricedCosts">What it costs at each budget with the prices of the fit alone, as a part of the largest size's cost.</param>
/// <param name="Unlabelled">At each budget: recall at 1 of a router that was fitted without labels, and its cost; empty where the loss needs them.</param>
internal sealed record FittedCharacters(
    string Title, IReadOnlyList<OtdRoutingComparison> Points, IReadOnlyList<double> PricedCosts, IReadOnlyList<(TaskMeasure Recall, double Cost)> Unlabelled)
{
    /// <summary>Fits and measures.</summary>
    /// <param name="split">The images.</param>
    /// <param name="network">The network.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="isOfGallery">Whether the router is fitted on the gallery, in place of images of other alphabets.</param>
    /// <param name="fractions">Budgets, as parts of the largest size's cost.</param>
    public static FittedCharacters Measure(CharacterSplit split, CharacterNetwork network, EmbeddingLoss loss, bool isOfGallery, IReadOnlyList<double> fractions)
    {
        var context = new MLContext(1);
        var task = new EmbeddingTask { LabelColumnName = CharacterSplit.KeyColumn, Loss = loss };
        var (queries, gallery) = (CharacterSplit.View(context, split.Queries), CharacterSplit.View(context, split.Gallery));
        var fitting = isOfGallery ? gallery : CharacterSplit.View(context, split.Fitting);
        var budgets = fractions.Select(ComputeBudget.FractionOfLargest).ToList();
        using var router = Fit(task);
        using var priced = router.WithEnforcement(BudgetEnforcement.Calibrated);
        var points = context.OtdRouting().Sweep(router, queries, budgets, gallery);
        var largest = points[0].Resolutions[^1].MeanCost;
        return new FittedCharacters(
            $"`{loss}`{(isOfGallery ? ", fitted on the gallery" : "")}",
            points,
            [.. context.OtdRouting().Sweep(priced, queries, budgets, gallery).Select(p => p.Metrics.MeanCost / largest)],
            loss == EmbeddingLoss.RetrievedLabel ? [] : [.. WithoutLabels()]);

        OtdRoutingTransformer Fit(EmbeddingTask fitted)
        {
            var options = new OtdResolutionRouter.Options { Task = fitted, Enforcement = BudgetEnforcement.PerWindow };
            foreach (var resolution in network.Resolutions)
            {
                options.Resolutions.Add(resolution);
            }

            return context.OtdRouting().Route(options).Fit(fitting);
        }

        IEnumerable<(TaskMeasure Recall, double Cost)> WithoutLabels()
        {
            // A gallery is embedded by the largest size, whatever embeds the queries.
            var embedded = AtLargest(context, network, gallery);
            using var unlabelled = Fit(new EmbeddingTask { Loss = loss });
            foreach (var budget in budgets)
            {
                using var routed = unlabelled.WithBudget(budget);
                var scored = routed.Transform(queries);
                yield return (context.OtdRouting().EvaluateRetrieval(scored, embedded, task)[0], context.OtdRouting().Evaluate(scored, new EmbeddingTask()).MeanCost / largest);
            }
        }
    }

    private static IDataView AtLargest(MLContext context, CharacterNetwork network, IDataView gallery)
    {
        var size = CharacterNetwork.Sizes[^1];
        var shape = new Dictionary<string, int[]> { ["image"] = [1, 3, size, size] };
        var pipeline = context.Transforms.CopyColumns("image", nameof(CharacterRow.Image))
            .Append(context.Transforms.ApplyOnnxModel(["embedding"], ["image"], network.Files[^1], shape, null, false))
            .Append(context.Transforms.CopyColumns("Embedding", "embedding"));
        return pipeline.Fit(gallery).Transform(gallery);
    }
}
