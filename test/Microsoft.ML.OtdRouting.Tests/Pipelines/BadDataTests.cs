using Microsoft.ML.OtdRouting.Tests.DataViews;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Data that a router cannot be fitted to, or cannot transform: every error says what and where.</summary>
public class BadDataTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Missing_image_file_is_named_with_its_row()
    {
        var e = FitFiles(file => File.Delete(file));
        Assert.Contains("Row 7", e.Message);
        Assert.Contains("picture-7.png", e.Message);
        Assert.Contains("'Image'", e.Message);
    }

    [Fact]
    public void Corrupt_image_file_is_named_with_its_row()
    {
        var e = FitFiles(file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..40]));
        Assert.Contains("Row 7", e.Message);
        Assert.Contains("picture-7.png", e.Message);
    }

    [Fact]
    public void Text_in_place_of_an_image_is_named_with_its_row()
    {
        var e = FitFiles(file => File.WriteAllText(file, "not a picture"));
        Assert.Contains("Row 7", e.Message);
        Assert.Contains("picture-7.png", e.Message);
    }

    [Fact]
    public void Row_without_an_image_is_named()
    {
        var rows = ColourPictures.Images(ColourPictures.Rows(30, seed: 1));
        rows[11].Image = null;
        var e = Assert.Throws<InvalidOperationException>(() => colours.Fit(data: colours.Context.Data.LoadFromEnumerable(rows)));
        Assert.Contains("Row 11", e.Message);
        Assert.Contains("picture 11", e.Message);
        Assert.Contains("no image", e.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Row_without_an_image_is_named_in_use(int windowSize)
    {
        var rows = ColourPictures.Images(ColourPictures.Rows(30, seed: 1));
        rows[11].Image = null;
        var options = colours.Options();
        options.Scoring.WindowSize = windowSize;
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            var routed = router.Transform(keys.Transform(colours.Context.Data.LoadFromEnumerable(rows)));
            var e = Assert.Throws<InvalidOperationException>(() => routed.GetColumn<uint>("Route").ToList());
            Assert.Contains("Row 11", e.Message);
            Assert.Contains("picture 11", e.Message);
        }
    }

    [Fact]
    public void Row_without_a_label_is_named()
    {
        var rows = ColourPictures.Rows(60, seed: 1);
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Load(rows));
        rows[23].Label = "purple";
        var e = Assert.Throws<InvalidOperationException>(() => Fit(keys.Transform(colours.Load(rows)), colours.Options()));
        Assert.Contains("Row 23", e.Message);
        Assert.Contains("'Key'", e.Message);
        Assert.Contains("3 classes", e.Message);
    }

    [Fact]
    public void A_teacher_takes_rows_without_labels()
    {
        var rows = ColourPictures.Rows(100, seed: 1);
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Load(rows));
        rows[23].Label = "";
        var options = colours.Options();
        options.Classification().Loss = RoutingLoss.SmoothedError;
        options.Classification().Teacher = ClassificationTeacher.Weighted;
        options.Fitting.PruneRoutes = false;
        using var router = Fit(keys.Transform(colours.Load(rows)), options);
        Assert.Equal(4, router.Routes.Count);
    }

    [Fact]
    public void Rows_without_labels_are_left_out_of_accuracies_and_baselines()
    {
        // The teacher alone decides what is fitted; which rows have labels must not change the router, and hardly its accuracy.
        var rows = ColourPictures.Rows(400, seed: 1);
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Load(rows));
        var options = colours.Options();
        options.Classification().Teacher = ClassificationTeacher.Weighted;
        using var all = Fit(keys.Transform(colours.Load(rows)), options);
        for (var i = 1; i < rows.Count; i += 2)
        {
            rows[i].Label = "";
        }

        using var half = Fit(keys.Transform(colours.Load(rows)), options);
        Assert.Equal(all.RoutePrices, half.RoutePrices);
        Assert.InRange(half.HeldOutMetrics.Quality, all.HeldOutMetrics.Quality - 0.05, all.HeldOutMetrics.Quality + 0.05);
        var test = keys.Transform(colours.Load(ColourPictures.Rows(300, seed: 2)));
        var (expected, found) = (colours.Context.OtdRouting().Compare(all, test), colours.Context.OtdRouting().Compare(half, test));
        Assert.InRange(found.Cascade.Quality, expected.Cascade.Quality - 0.02, 1);
        Assert.InRange(found.CalibratedCascade.Quality, expected.CalibratedCascade.Quality - 0.02, 1);
        Assert.InRange(found.CostPenalty!.Quality, expected.CostPenalty!.Quality - 0.05, 1);
    }

    [Fact]
    public void Label_that_is_no_key()
    {
        var options = colours.Options();
        options.Classification().LabelColumnName = "Label";
        var e = Assert.Throws<ArgumentException>(() => Fit(colours.Fitting, options));
        Assert.Contains("'Label'", e.Message);
        Assert.Contains("MapValueToKey", e.Message);
    }

    [Fact]
    public void Label_that_is_no_key_is_found_before_a_chain_is_fitted()
    {
        var options = colours.Options();
        options.Classification().LabelColumnName = "Label";
        var counting = new Microsoft.ML.OtdRouting.Tests.DataViews.CountingDataView(colours.Fitting);
        var chain = colours.Context.Transforms.CopyColumns("Other", "Number").Append(colours.Context.OtdRouting().Route(options));
        var e = Assert.Throws<ArgumentException>(() => chain.Fit(counting));
        Assert.Contains("MapValueToKey", e.Message);
        Assert.Equal(0, counting.RowsRead);
    }

    [Theory]
    [InlineData("Image")]
    [InlineData("Label")]
    [InlineData("Weight")]
    public void Missing_columns_are_named(string which)
    {
        var options = colours.Options();
        switch (which)
        {
            case "Image":
                options.ImageColumnName = "Absent";
                break;
            case "Label":
                options.Classification().LabelColumnName = "Absent";
                break;
            default:
                options.Fitting.ExampleWeightColumnName = "Absent";
                break;
        }

        var e = Assert.Throws<ArgumentException>(() => colours.Fit(options));
        Assert.Contains("'Absent'", e.Message);
        Assert.Contains(which, e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Image_column_of_another_type_says_what_is_expected()
    {
        var options = colours.Options();
        options.ImageColumnName = "Ragged";
        var e = Assert.Throws<ArgumentException>(() => colours.Fit(options));
        Assert.Contains("'Ragged'", e.Message);
        Assert.Contains("768 floats (planar RGB of 16x16)", e.Message);
    }

    [Fact]
    public void Data_to_transform_needs_the_image_column()
    {
        var e = Assert.Throws<ArgumentException>(() => colours.Router.Transform(colours.Context.Data.LoadFromEnumerable(new List<FashionPicture>())));
        Assert.Contains("'Image'", e.Message);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Bad_weights_are_named_with_their_row(float weight)
    {
        var rows = ColourPictures.Rows(60, seed: 1);
        rows[31].Weight = weight;
        var e = Assert.Throws<InvalidOperationException>(() => FitWeighted(rows));
        Assert.Contains("Row 31", e.Message);
        Assert.Contains("'Weight'", e.Message);
    }

    [Fact]
    public void Weights_that_are_all_zero_are_refused()
    {
        var rows = ColourPictures.Rows(60, seed: 1);
        rows.ForEach(r => r.Weight = 0);
        var e = Assert.Throws<InvalidOperationException>(() => FitWeighted(rows));
        Assert.Contains("'Weight'", e.Message);
    }

    [Fact]
    public void Weight_of_another_type_is_refused()
    {
        var options = colours.Options();
        options.Fitting.ExampleWeightColumnName = "Number";
        Assert.Contains("'Number'", Assert.Throws<ArgumentException>(() => colours.Fit(options)).Message);
    }

    [Fact]
    public void Empty_data()
    {
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting);
        var e = Assert.Throws<InvalidOperationException>(() => Fit(keys.Transform(colours.Load([])), colours.Options()));
        Assert.Contains("empty", e.Message);
    }

    [Theory]
    [InlineData(1, "1 row;")]
    [InlineData(9, "9 rows;")]
    public void Too_few_rows(int rows, string expected)
    {
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting);
        var e = Assert.Throws<InvalidOperationException>(
            () => Fit(keys.Transform(colours.Load(ColourPictures.Rows(rows, seed: 1))), colours.Options()));
        Assert.Contains(expected, e.Message);
        Assert.Contains("at least 10", e.Message);
    }

    [Fact]
    public void Labels_in_another_order_than_the_classes_are_found_without_names()
    {
        var options = colours.Options();
        options.Classification().ClassNames = null;
        var e = Assert.Throws<ArgumentException>(() => colours.Fit(options));
        Assert.Contains("another order", e.Message);
        Assert.Contains("red, green, blue", e.Message);
        Assert.Contains("ClassNames", e.Message);
    }

    [Fact]
    public void Labels_in_another_order_are_matched_where_that_is_asked_for()
    {
        var options = colours.Options();
        options.Classification().ClassNames = null;
        options.Classification().MatchClasses = true;
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            var (matched, named) = (Evaluate(router, keys), Evaluate(colours.Router, keys));
            Assert.Equal((named.Quality, named["log-loss"], named.MeanCost), (matched.Quality, matched["log-loss"], matched.MeanCost));
        }

        OtdRoutingMetrics Evaluate(OtdRoutingTransformer transformer, ITransformer labels) =>
            colours.Context.OtdRouting().Evaluate(transformer.Transform(labels.Transform(colours.Load(ColourPictures.Rows(200, seed: 2)))), ColourRouter.Keyed);
    }

    [Fact]
    public void Labels_in_the_order_of_the_classes_need_no_names()
    {
        var options = colours.Options();
        options.Classification().ClassNames = null;
        var rows = ColourPictures.Rows(200, seed: 1);
        var ordered = ColourPictures.ClassNames.Select(c => rows.First(r => r.Label == c)).ToList();
        var data = colours.Load([.. ordered, .. rows.Except(ordered)]);
        var (_, router) = colours.Fit(options, data);
        router.Dispose();
    }

    [Fact]
    public void Other_classes_than_the_label_s_name_both_lists()
    {
        var options = colours.Options();
        options.Classification().ClassNames = ["red", "green", "yellow"];
        var e = Assert.Throws<ArgumentException>(() => colours.Fit(options));
        Assert.Contains("red, green, yellow", e.Message);
        Assert.Contains("blue, green, red", e.Message);
    }

    [Fact]
    public void A_cancelled_fit_stops()
    {
        var options = colours.Options();
        options.CancellationToken = new CancellationToken(true);
        Assert.ThrowsAny<OperationCanceledException>(() => colours.Fit(options));
    }

    private OtdRoutingTransformer Fit(IDataView data, OtdResolutionRouter.Options options) => colours.Context.OtdRouting().Route(options).Fit(data);

    private void FitWeighted(List<ColourRow> rows)
    {
        var options = colours.Options();
        options.Fitting.ExampleWeightColumnName = "Weight";
        colours.Fit(options, colours.Load(rows)).Router.Dispose();
    }

    private Exception FitFiles(Action<string> spoil)
    {
        using var folder = new ScratchFolder();
        var rows = new List<FashionPicture>();
        foreach (var row in ColourPictures.Rows(20, seed: 1))
        {
            var file = folder.File($"picture-{row.Number}.png");
            using var image = ColourPictures.ToImage(row.Image, ColourPictures.Side, ColourPictures.Side);
            image.Save(file);
            rows.Add(new FashionPicture { Path = file, Label = row.Label });
        }

        spoil(rows[7].Path);
        var data = colours.Context.Data.LoadFromEnumerable(rows);
        var pipeline = colours.Context.Transforms.LoadImages("Image", null, "Path")
            .Append(colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label"))
            .Append(colours.Context.OtdRouting().Route(colours.Options()));
        return Assert.Throws<InvalidOperationException>(() => pipeline.Fit(data));
    }
}
