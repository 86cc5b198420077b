using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public class PredictionEngineTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private static readonly PredictionEngineOptions KeepTransformer = new() { OwnsTransformer = false };

    [Fact]
    public void Vectors_one_by_one_equal_the_batch()
    {
        var rows = ColourPictures.Rows(80, seed: 6);
        var expected = RoutedValues.Read(colours.Router.Transform(colours.WithKeys(colours.Load(rows))));
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, ColourPrediction>(colours.Router, KeepTransformer);
        AssertLikeBatch(expected, rows.Select(engine.Predict));
    }

    [Fact]
    public void Images_one_by_one_equal_the_batch()
    {
        var rows = ColourPictures.Rows(80, seed: 6);
        var expected = RoutedValues.Read(colours.Router.Transform(colours.WithKeys(colours.Load(rows))));
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourImageRow, ColourPrediction>(colours.Router, KeepTransformer);
        AssertLikeBatch(expected, ColourPictures.Images(rows).Select(engine.Predict));
    }

    [Fact]
    public void The_same_image_can_be_predicted_again()
    {
        var row = ColourPictures.Images(ColourPictures.Rows(1, seed: 6))[0];
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourImageRow, ColourPrediction>(colours.Router, KeepTransformer);
        Assert.Equal(engine.Predict(row).Score, engine.Predict(row).Score);
        Assert.Equal(ColourPictures.Side, row.Image!.Width);
    }

    [Fact]
    public void An_image_that_was_changed_in_place_is_predicted_anew()
    {
        var rows = ColourPictures.Rows(12, seed: 6);
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, ColourPrediction>(colours.Router, KeepTransformer);
        var expected = rows.Select(r => engine.Predict(r).Score).ToList();
        var reused = new ColourRow();
        for (var i = 0; i < rows.Count; i++)
        {
            reused.Image = rows[i].Image;
            Assert.Equal(expected[i], engine.Predict(reused).Score);
        }
    }

    [Fact]
    public void A_chain_from_text_to_text()
    {
        var chain = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(colours.Context.OtdRouting().Route(colours.Options()))
            .Append(colours.Context.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"))
            .Append(colours.Context.Transforms.Conversion.MapKeyToValue("RouteName", "Route"))
            .Fit(colours.Fitting);
        var rows = ColourPictures.Rows(60, seed: 6);
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, NamedPrediction>(chain);
        var batch = colours.Context.Data.CreateEnumerable<NamedPrediction>(chain.Transform(colours.Load(rows)), reuseRowObject: false).ToList();
        var right = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var one = engine.Predict(rows[i]);
            Assert.Equal(batch[i].Class, one.Class);
            Assert.Equal(batch[i].RouteName, one.RouteName);
            right += one.Class == rows[i].Label ? 1 : 0;
        }

        Assert.InRange(right, 40, 60);
        Assert.Contains(batch, b => b.RouteName == "4");
        Assert.Contains(batch, b => b.RouteName.Contains('+'));
    }

    [Fact]
    public void Engines_on_many_threads_share_a_router()
    {
        var rows = ColourPictures.Rows(40, seed: 6);
        var expected = RoutedValues.Read(colours.Router.Transform(colours.WithKeys(colours.Load(rows))));
        Parallel.For(0, 4, _ =>
        {
            using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, ColourPrediction>(colours.Router, KeepTransformer);
            AssertLikeBatch(expected, rows.Select(engine.Predict));
        });
    }

    [Fact]
    public void A_missing_image_is_an_error_that_names_the_column()
    {
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourImageRow, ColourPrediction>(colours.Router, KeepTransformer);
        var e = Assert.Throws<InvalidOperationException>(() => engine.Predict(new ColourImageRow()));
        Assert.Contains("'Image'", e.Message);
    }

    private static void AssertLikeBatch(RoutedValues expected, IEnumerable<ColourPrediction> predictions)
    {
        var row = 0;
        foreach (var prediction in predictions)
        {
            Assert.Equal(expected.Routes[row], prediction.Route);
            Assert.Equal(expected.PredictedKeys[row], prediction.PredictedLabel);
            Assert.Equal(expected.Costs[row], prediction.Cost);
            for (var c = 0; c < 3; c++)
            {
                Assert.Equal(expected.Scores[row][c], prediction.Score[c], 1e-5f);
            }

            row++;
        }

        Assert.Equal(expected.Rows, row);
    }

    private sealed class ColourPrediction
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public uint Route { get; set; }

        public float Cost { get; set; }
    }

    private sealed class NamedPrediction
    {
        public string Class { get; set; } = "";

        public string RouteName { get; set; } = "";
    }
}
