using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Mean;

/// <summary>Another task than the library's own goes the whole way: fitted, routed, saved, loaded, compared, exported.</summary>
public sealed class MeanTaskTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    static MeanTaskTests() => TaskKind.Register(MeanTask.Kind);

    [Fact]
    public void A_task_of_one_folder_and_one_registration_goes_the_whole_way()
    {
        var ml = colours.Context;
        using var folder = new ScratchFolder();
        using var router = ml.OtdRouting().Route(Options()).Fit(Rows(400, seed: 1));
        var test = Rows(200, seed: 2);
        var scored = router.Transform(test);
        var predictions = scored.GetColumn<float[]>("Prediction").Select(p => p[0]).ToArray();
        var metrics = ml.OtdRouting().Evaluate(scored, new MeanTask());
        Assert.Equal("minus squared error", metrics.QualityName);
        Assert.InRange((metrics.MeanCost - metrics.PlannedCost) / metrics.CostStandardError, -4, 4);

        var compared = ml.OtdRouting().Compare(router, test);
        Assert.Equal(metrics.Quality, compared.Metrics.Quality, 1e-5);
        Assert.Equal(metrics.RouteShares, compared.Metrics.RouteShares);
        // Offsets mend what the smallest model gets wrong on average.
        Assert.True(compared.Metrics.Quality > compared.Resolutions[0].Quality, $"{compared.Metrics.Quality} {compared.Resolutions[0].Quality}");
        Assert.Null(compared.CostPenalty);
        Assert.InRange(compared.LargestCalibrated.Quality, compared.Resolutions[^1].Quality - 0.5, 0);
        Assert.True(double.IsFinite(compared.CalibratedCascade.Quality));

        ml.OtdRouting().Save(router, test.Schema, folder.File("model.zip"));
        using var loaded = ml.OtdRouting().Load(folder.File("model.zip"), out _);
        Assert.Equal(predictions, loaded.Transform(test).GetColumn<float[]>("Prediction").Select(p => p[0]));
        using var dearer = loaded.OfType<OtdRoutingTransformer>().Single().WithBudget(ComputeBudget.FractionOfLargest(0.9));
        using var expected = router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        Assert.Equal(expected.RoutePrices, dearer.RoutePrices);

        // Without this library: the graph alone, in ML.NET's own transformers.
        var plain = PlainModel.Load(ml, folder.File("model.zip"), out _).Transform(test).GetColumn<float[]>("Prediction").Select(p => p[0]).ToArray();
        Assert.All(predictions.Zip(plain), p => Assert.Equal(p.First, p.Second, 1e-3f));
    }

    private OtdResolutionRouter.Options Options()
    {
        var options = colours.Options();
        options.Task = new MeanTask();
        return options;
    }

    /// <summary>Colour pictures with the mean that the largest model gives, and some more, as the truth.</summary>
    private IDataView Rows(int count, int seed)
    {
        var rows = ColourPictures.Rows(count, seed).Select(r => new TruthRow
        {
            Image = r.Image,
            Truth = (0.2f * r.Image.Average()) + 1,
        });
        return colours.Context.Data.LoadFromEnumerable(rows.ToList());
    }

    private sealed class TruthRow
    {
        [VectorType(3 * ColourPictures.Side * ColourPictures.Side)]
        public float[] Image { get; set; } = [];

        public float Truth { get; set; }
    }
}
