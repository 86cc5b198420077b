using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.DataViews;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>The router as a member of pipelines.</summary>
public class ChainTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Shape_of_the_estimator_agrees_with_the_schema_of_the_transformer()
    {
        // The shape of a row type comes from a mapping that makes it of nothing.
        var rows = colours.Context.Transforms.CustomMapping<Nothing, ColourRow>((_, _) => { }, null).GetOutputSchema(new SchemaShape([]));
        var chain = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Append(colours.Context.OtdRouting().Route(colours.Options()));
        var shape = chain.GetOutputSchema(rows).ToDictionary(c => c.Name);
        var schema = colours.Router.GetOutputSchema(colours.Test().Schema);
        Assert.Equal(schema.Select(c => c.Name).Order(), shape.Keys.Order());
        foreach (var column in schema)
        {
            var vector = column.Type as VectorDataViewType;
            var item = vector?.ItemType ?? column.Type;
            Assert.Equal(item is KeyDataViewType, shape[column.Name].IsKey);
            Assert.Equal(item.RawType, shape[column.Name].ItemType.RawType);
            Assert.Equal(vector is null, shape[column.Name].Kind == SchemaShape.Column.VectorKind.Scalar);
        }
    }

    [Fact]
    public void Columns_have_the_promised_types_and_annotations()
    {
        var schema = colours.Router.Transform(colours.Test()).Schema;
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), schema["Score"].Type);
        Assert.Equal(schema["Key"].Type, schema["PredictedLabel"].Type);
        Assert.Equal(new KeyDataViewType(typeof(uint), 5), schema["Route"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 5), schema["RouteScores"].Type);
        Assert.Equal(NumberDataViewType.Single, schema["Cost"].Type);
        Assert.Equal(Keys(schema["Key"]), Keys(schema["PredictedLabel"]));
        Assert.Equal(["4", "4+8", "16", "4+16", "4+8+16"], Keys(schema["Route"]));
        Assert.Equal(Keys(schema["Key"]), Slots(schema["Score"]));
        Assert.Equal(["4", "4+8", "16", "4+16", "4+8+16"], Slots(schema["RouteScores"]));
    }

    [Fact]
    public void Scores_are_probabilities_and_the_route_is_the_one_worth_most()
    {
        var values = RoutedValues.Read(colours.Router.Transform(colours.Test(300)));
        for (var row = 0; row < values.Rows; row++)
        {
            Assert.Equal(1, values.Scores[row].Sum(), 1e-5);
            Assert.All(values.Scores[row], p => Assert.InRange(p, 0, 1));
            Assert.Equal(values.Scores[row].Max(), values.Scores[row][values.PredictedKeys[row] - 1]);
            Assert.Equal(values.RouteScores[row].Max(), values.RouteScores[row][values.Routes[row] - 1]);
            Assert.Equal((float)colours.Router.Routes[(int)values.Routes[row] - 1].Cost, values.Costs[row]);
        }
    }

    [Fact]
    public void Caching_and_filtering_around_a_router()
    {
        var test = colours.Test(120);
        var expected = RoutedValues.Read(colours.Router.Transform(test));
        var cached = colours.Context.Data.Cache(colours.Router.Transform(test), "Score", "PredictedLabel", "Route", "RouteScores", "Cost");
        RoutedValues.AssertSame(expected, RoutedValues.Read(cached));
        RoutedValues.AssertSame(expected, RoutedValues.Read(cached));
        var part = RoutedValues.Read(colours.Context.Data.TakeRows(colours.Context.Data.SkipRows(colours.Router.Transform(test), 30), 50));
        Assert.Equal(expected.Routes.Skip(30).Take(50), part.Routes);
        Assert.Equal(expected.Scores.Skip(30).Take(50), part.Scores);
    }

    [Fact]
    public void Two_routers_in_one_chain()
    {
        var other = colours.Options();
        other.Classification().ScoreColumnName = "OtherScore";
        other.Classification().PredictedLabelColumnName = "OtherLabel";
        other.RouteColumnName = "OtherRoute";
        other.RouteScoresColumnName = "OtherRouteScores";
        other.CostColumnName = "OtherCost";
        other.Budget = ComputeBudget.FractionOfLargest(0.3);
        var chain = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(colours.Context.OtdRouting().Route(colours.Options())).Append(colours.Context.OtdRouting().Route(other)).Fit(colours.Fitting);
        var scored = chain.Transform(colours.Load(ColourPictures.Rows(200, seed: 2)));
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test(200))), RoutedValues.Read(scored));
        Assert.InRange(scored.GetColumn<float>("OtherCost").Average() / ColourModels.Flops(16), 0.2, 0.4);
    }

    [Fact]
    public void Cross_validation_fits_and_scores_every_fold()
    {
        var chain = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Append(colours.Context.OtdRouting().Route(colours.Options()));
        foreach (var fold in colours.Context.Data.CrossValidationSplit(colours.Fitting, 3, seed: 2))
        {
            var model = chain.Fit(fold.TrainSet);
            var metrics = colours.Context.OtdRouting().Evaluate(model.Transform(fold.TestSet), ColourRouter.Keyed);
            Assert.InRange(metrics.Quality, 0.6, 1);
            Assert.InRange(metrics.Rows, 100, 300);
        }
    }

    [Fact]
    public void A_router_made_through_the_context_tells_its_log()
    {
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);
        using (context.OtdRouting().Route(colours.Options()).Fit(colours.WithKeys(colours.Fitting)))
        {
        }

        Assert.Contains(messages, m => m.Contains("4 routes", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.Contains($"Fitted on {ColourRouter.FittingRows} rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Sessions_are_opened_as_the_user_configures_them()
    {
        var options = colours.Options();
        var opened = 0;
        options.Scoring.ConfigureSession = session =>
        {
            opened++;
            session.GraphOptimizationLevel = OnnxRuntime.GraphOptimizationLevel.ORT_DISABLE_ALL;
        };
        using (var router = colours.Fit(options).Router)
        {
            RoutedValues.Read(router.Transform(colours.Test(20)));
        }

        Assert.Equal(ColourModels.Sizes.Length, opened);
        options.Scoring.ConfigureSession = _ => throw new NotSupportedException("no such provider");
        Assert.Contains("no such provider", Assert.Throws<NotSupportedException>(() => colours.Fit(options)).Message);
    }

    [Fact]
    public void A_missing_GPU_is_an_error_unless_the_CPU_may_take_over()
    {
        var options = colours.Options();
        options.Scoring.GpuDeviceId = 0;
        var e = Assert.Throws<InvalidOperationException>(() => colours.Fit(options));
        Assert.Contains("GpuDeviceId is 0", e.Message);
        Assert.Contains("FallbackToCpu", e.Message);

        options.Scoring.FallbackToCpu = true;
        var warnings = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, log) =>
        {
            if (log.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(log.Message);
            }
        };
        using var router = context.OtdRouting().Route(options).Fit(colours.WithKeys(colours.Fitting));
        Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
        Assert.Contains("GPU 0", Assert.Single(warnings));
    }

    [Theory]
    [InlineData(typeof(byte))]
    [InlineData(typeof(ushort))]
    [InlineData(typeof(ulong))]
    public void Labels_may_be_stored_as_any_unsigned_integer(Type type)
    {
        var rows = ColourPictures.Rows(200, seed: 1);
        var keys = rows.Select(r => Array.IndexOf(ColourPictures.ClassNames, r.Label) + 1).ToList();
        IDataView keyed = type == typeof(byte) ? new KeyedDataView<byte>(colours.Load(rows), "Key", 3, row => (byte)keys[(int)row])
            : type == typeof(ushort) ? new KeyedDataView<ushort>(colours.Load(rows), "Key", 3, row => (ushort)keys[(int)row])
            : new KeyedDataView<ulong>(colours.Load(rows), "Key", 3, row => (ulong)keys[(int)row]);
        var options = colours.Options();
        options.Classification().ClassNames = null;
        using var router = colours.Context.OtdRouting().Route(options).Fit(keyed);
        var scored = router.Transform(keyed);
        Assert.Equal(new KeyDataViewType(type, 3), scored.Schema["PredictedLabel"].Type);
        Assert.InRange(colours.Context.OtdRouting().Evaluate(scored, ColourRouter.Keyed).Quality, 0.6, 1);
    }

    private static IEnumerable<string> Keys(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return values.DenseValues().Select(v => v.ToString()).ToList();
    }

    private static IEnumerable<string> Slots(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetSlotNames(ref values);
        return values.DenseValues().Select(v => v.ToString()).ToList();
    }

    private sealed class Nothing
    {
    }
}
