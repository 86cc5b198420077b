using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>What ML.NET's users do with data and pipelines, done with routed data.</summary>
public class ContextToolsTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void A_preview_shows_the_router_s_columns()
    {
        var test = colours.Test(30);
        var expected = RoutedValues.Read(colours.Router.Transform(test));
        var preview = colours.Router.Preview(test, maxRows: 12);
        Assert.Equal(12, preview.RowView.Length);
        var routes = preview.ColumnView.Single(c => c.Column.Name == "Route").Values;
        Assert.Equal(expected.Routes.Take(12), routes.Cast<uint>());
    }

    [Fact]
    public void Routed_data_can_be_kept_in_a_binary_file()
    {
        using var folder = new ScratchFolder();
        var routed = colours.Router.Transform(colours.Test(40));
        using (var stream = File.Create(folder.File("routed.idv")))
        {
            colours.Context.Data.SaveAsBinary(routed, stream);
        }

        RoutedValues.AssertSame(RoutedValues.Read(routed), RoutedValues.Read(colours.Context.Data.LoadFromBinary(folder.File("routed.idv"))));
    }

    [Fact]
    public void Split_shuffled_and_cached_data_is_fitted_and_scored()
    {
        var ml = colours.Context;
        var split = ml.Data.TrainTestSplit(colours.Fitting, testFraction: 0.3, seed: 5);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Key", "Label")
            .AppendCacheCheckpoint(ml)
            .Append(ml.OtdRouting().Route(colours.Options()));
        using var model = pipeline.Fit(ml.Data.ShuffleRows(split.TrainSet, seed: 3));
        var metrics = ml.OtdRouting().Evaluate(model.Transform(split.TestSet), ColourRouter.Keyed);
        Assert.InRange(metrics.Rows, 120, 240);
        Assert.InRange(metrics.Quality, 0.6, 1);
        Assert.InRange((metrics.MeanCost - metrics.Budget) / metrics.CostStandardError, -4, 4);
    }

    [Fact]
    public void Steps_behind_a_router_read_its_columns()
    {
        var ml = colours.Context;
        using var model = ml.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(ml.OtdRouting().Route(colours.Options()))
            .Append(ml.Transforms.Concatenate("Features", "Score", "RouteScores", "Cost"))
            .Append(ml.Transforms.Conversion.MapKeyToValue("RouteName", "Route"))
            .Append(ml.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"))
            .Fit(colours.Fitting);
        var scored = model.Transform(colours.Load(ColourPictures.Rows(50, seed: 2)));
        var values = RoutedValues.Read(scored);
        var router = model.OfType<OtdRoutingTransformer>().Single();
        Assert.Equal(
            values.Routes.Select(r => router.Routes[(int)r - 1].Name),
            scored.GetColumn<ReadOnlyMemory<char>>("RouteName").Select(n => n.ToString()));
        var features = scored.GetColumn<float[]>("Features").ToList();
        for (var row = 0; row < values.Rows; row++)
        {
            Assert.Equal([.. values.Scores[row], .. values.RouteScores[row], values.Costs[row]], features[row]);
        }

        Assert.Subset(ColourPictures.ClassNames.ToHashSet(), scored.GetColumn<ReadOnlyMemory<char>>("Class").Select(n => n.ToString()).ToHashSet());
    }

    [Fact]
    public void The_seed_of_the_context_is_the_seed_of_what_is_random()
    {
        // The only random part is the training of the baseline with a cost penalty.
        Assert.Equal(Baseline(7, null), Baseline(7, null));
        Assert.NotEqual(Baseline(7, null), Baseline(8, null));
        Assert.Equal(Baseline(7, 3), Baseline(8, 3));
    }

    private double[] Baseline(int contextSeed, int? seed)
    {
        var options = colours.Options();
        options.Fitting.Seed = seed;
        using var router = new MLContext(contextSeed).OtdRouting().Route(options).Fit(colours.WithKeys(colours.Fitting));
        return [.. new[] { 0.4, 0.5, 0.7 }
            .Select(f => colours.Context.OtdRouting().Sweep(router, colours.Test(), [ComputeBudget.FractionOfLargest(f)])[0].CostPenalty!)
            .SelectMany(p => new[] { p.Quality, p.MeanCost })];
    }
}
