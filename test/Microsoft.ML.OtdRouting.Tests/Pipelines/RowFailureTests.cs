using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>
/// Rows that cannot be served, under each of the three ways to deal with them. Bright pictures are those on which the models of these tests fail or give NaN.
/// </summary>
public sealed class RowFailureTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private const int Rows = 10_000;
    private const int BrightEvery = 20;

    /// <summary>Which models are faulty, and how: the first look, the largest, or both.</summary>
    public static TheoryData<string, int[]> Faults => new()
    {
        { "throws", [4] }, { "throws", [16] }, { "throws", [8, 16] }, { "NaN", [4] }, { "NaN", [16] }, { "infinity", [8, 16] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Skip_keeps_every_row_in_its_place_and_the_bits_of_the_others(string fault, int[] sizes)
    {
        var (faulty, sound, data) = Routers(fault, sizes);
        using var skipping = faulty.WithRowFailure(RowFailureAction.Skip);
        using (faulty)
        using (sound)
        {
            var (found, expected) = (RoutedValues.Read(skipping.Transform(data)), RoutedValues.Read(sound.Transform(data)));
            Assert.Equal(Rows, found.Rows);
            Assert.Equal(Enumerable.Range(0, Rows), skipping.Transform(data).GetColumn<int>("Number"));
            var missing = 0;
            for (var row = 0; row < Rows; row++)
            {
                var uses = sound.Routes[(int)expected.Routes[row] - 1].Resolutions.Append(FirstLook(sound)).Any(r => sizes.Contains(ColourModels.Sizes[r]));
                if (IsBright(row) && uses)
                {
                    missing++;
                    AssertMissing(found, row);
                }
                else
                {
                    AssertSame(expected, found, row);
                }
            }

            Assert.InRange(missing, sizes.Contains(4) ? Rows / BrightEvery : 20, Rows / BrightEvery);
            Assert.Equal(missing, skipping.FailedRows);
            Assert.Equal(0, skipping.RowsFallenBack);
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fallback_answers_by_a_route_without_the_resolutions_that_failed(string fault, int[] sizes)
    {
        var (faulty, sound, data) = Routers(fault, sizes);
        using var falling = faulty.WithRowFailure(RowFailureAction.Fallback);
        using (faulty)
        using (sound)
        {
            var (found, expected) = (RoutedValues.Read(falling.Transform(data)), RoutedValues.Read(sound.Transform(data)));
            Assert.Equal(Rows, found.Rows);
            var (other, missing) = (0, 0);
            for (var row = 0; row < Rows; row++)
            {
                if (found.Routes[row] == 0)
                {
                    missing++;
                    Assert.True(IsBright(row));
                    AssertMissing(found, row);
                    continue;
                }

                var route = falling.Routes[(int)found.Routes[row] - 1];
                Assert.False(IsBright(row) && route.Resolutions.Any(r => sizes.Contains(ColourModels.Sizes[r])));
                Assert.Equal((float)route.Cost, found.Costs[row]);
                Assert.All(found.Scores[row], value => Assert.True(float.IsFinite(value)));
                var looked = !(IsBright(row) && sizes.Contains(ColourModels.Sizes[FirstLook(sound)]));
                if (looked && found.Routes[row] == expected.Routes[row])
                {
                    AssertSame(expected, found, row);
                }
                else
                {
                    Assert.True(IsBright(row));
                    other++;
                    // Of what the row was offered, what is worth most to it and does without.
                    var best = found.RouteScores[row].Select((worth, k) => (worth, k))
                        .Where(r => !falling.Routes[r.k].Resolutions.Any(m => sizes.Contains(ColourModels.Sizes[m]))).MaxBy(r => r.worth).k;
                    Assert.Equal(!looked, found.RouteScores[row].All(float.IsNaN));
                    Assert.True(!looked || best == (int)found.Routes[row] - 1);
                }
            }

            Assert.Equal(other, falling.RowsFallenBack);
            Assert.Equal(missing, falling.FailedRows);
            Assert.Equal(falling.Routes.All(r => r.Resolutions.Any(m => sizes.Contains(ColourModels.Sizes[m]))), other == 0);
            Assert.True(other + missing > 20);
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fail_names_the_row_the_model_and_what_it_did(string fault, int[] sizes)
    {
        var (faulty, sound, data) = Routers(fault, sizes);
        using (faulty)
        using (sound)
        {
            var error = Assert.Throws<InvalidOperationException>(() => RoutedValues.Read(faulty.Transform(data)));
            Assert.Matches("^Row [0-9]+ \\(Label = '[a-z]+', Name = 'picture [0-9]+'\\): '.*\\.onnx' \\(resolution [0-9]+\\)", error.Message);
            Assert.True(IsBright(int.Parse(error.Message.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
            Assert.Contains(fault == "throws" ? " failed on an image of " : $"gave {fault} in its output 'scores', at place 1 of 3", error.Message);
            Assert.Equal(0, faulty.FailedRows);
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Who_asks_again_after_an_error_gets_an_error_again_and_no_answer(string fault, int[] sizes)
    {
        var (faulty, sound, data) = Routers(fault, sizes);
        sound.Dispose();
        using (faulty)
        {
            var routed = faulty.Transform(data);
            using var cursor = routed.GetRowCursor([routed.Schema["Score"]]);
            var getScore = cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]);
            VBuffer<float> scores = default;
            void Read()
            {
                while (cursor.MoveNext())
                {
                    getScore(ref scores);
                }
            }

            Assert.Throws<InvalidOperationException>(Read);
            Assert.Throws<InvalidOperationException>(() => getScore(ref scores));
            Assert.Throws<InvalidOperationException>(() => getScore(ref scores));
        }
    }

    [Fact]
    public void One_row_at_a_time_is_as_in_a_batch()
    {
        var (faulty, sound, data) = Routers("NaN", [16]);
        sound.Dispose();
        using (faulty)
        using (var falling = faulty.WithRowFailure(RowFailureAction.Fallback))
        using (var skipping = faulty.WithRowFailure(RowFailureAction.Skip))
        {
            foreach (var router in new[] { falling, skipping })
            {
                var expected = RoutedValues.Read(router.Transform(data));
                using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, ColourPrediction>(router, new PredictionEngineOptions { OwnsTransformer = false });
                var rows = Pictures();
                for (var row = 0; row < 400; row++)
                {
                    var found = engine.Predict(rows[row]);
                    Assert.Equal((expected.Routes[row], expected.PredictedKeys[row]), (found.Route, found.PredictedLabel));
                    Assert.Equal(expected.Scores[row], found.Score);
                }
            }

            using var failing = colours.Context.Model.CreatePredictionEngine<ColourRow, ColourPrediction>(faulty, new PredictionEngineOptions { OwnsTransformer = false });
            var row0 = RoutedValues.Read(skipping.Transform(data)).Routes.ToList().FindIndex(r => r == 0);
            Assert.Contains("gave NaN", Assert.Throws<InvalidOperationException>(() => failing.Predict(Pictures()[row0])).Message);
        }
    }

    [Fact]
    public void Routes_of_windows_keep_to_the_budget_without_the_rows_that_failed()
    {
        var (faulty, sound, data) = Routers("NaN", [4]);
        sound.Dispose();
        using (faulty)
        using (var windows = faulty.WithEnforcement(BudgetEnforcement.PerWindow))
        using (var skipping = windows.WithRowFailure(RowFailureAction.Skip))
        {
            var found = RoutedValues.Read(skipping.Transform(data));
            Assert.Equal(Rows / BrightEvery, found.Routes.Count(r => r == 0));
            var costs = found.Costs.Where(c => !float.IsNaN(c)).ToList();
            Assert.InRange(costs.Average(c => (double)c), 0.99 * skipping.Budget, skipping.Budget + (skipping.Routes[^1].Cost / costs.Count));
        }
    }

    [Fact]
    public void A_fit_and_a_comparison_leave_rows_out_that_fail()
    {
        var rows = Pictures().Take(1000).ToList();
        var options = colours.OptionsWith(colours.Resolutions[0], new Resolution(ColourModels.WriteSpoiling(colours.Folder, 16, float.NaN), 16));
        Assert.Matches("^Row 7 .*gave NaN", Assert.Throws<InvalidOperationException>(() => colours.Fit(options, colours.Load(rows))).Message);

        options.OnRowFailure = RowFailureAction.Skip;
        var warnings = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, e) => warnings.Add(e.Message);
        var keys = context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Load(rows));
        var data = keys.Transform(colours.Load(rows));
        using var router = context.OtdRouting().Route(options).Fit(data);
        var dark = colours.Load(rows.Where(r => !IsBright(r.Number)).ToList());
        using var expected = colours.Fit(options, dark).Router;
        Assert.Equal(expected.RoutePrices, router.RoutePrices);
        Assert.Contains(warnings, w => w.Contains("50 of 1000 rows failed and were left out of the fit."));
        Assert.Equal(20, warnings.Count(w => w.Contains("gave NaN")));

        var comparison = context.OtdRouting().Compare(router, data);
        Assert.Equal(950, comparison.Metrics.Rows);

        var metrics = context.OtdRouting().Evaluate(router.Transform(data), ColourRouter.Keyed);
        // An evaluation reads the view twice: the routes, and the answers.
        Assert.Equal(router.FailedRows, 2 * metrics.MissingRows);
        Assert.Equal(1000, metrics.Rows + metrics.MissingRows);
        Assert.InRange(metrics.MissingRows, 1, 50);
        Assert.InRange(metrics.Quality, comparison.Metrics.Quality - 0.02, comparison.Metrics.Quality + 0.02);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "infinity")]
    [InlineData(float.NegativeInfinity, "infinity")]
    public void A_vector_that_is_no_image(float value, string name)
    {
        var rows = ColourPictures.Rows(300, seed: 2);
        rows[123].Image[77] = value;
        var data = colours.WithKeys(colours.Load(rows));
        var error = Assert.Throws<InvalidOperationException>(() => RoutedValues.Read(colours.Router.Transform(data)));
        Assert.Matches($"^Row 123 .*'picture 123'.*column 'Image' has {name} at place 77 of 768", error.Message);
        Assert.Contains("at place 77", Assert.Throws<InvalidOperationException>(() => colours.Fit(data: colours.Load(rows))).Message);

        using var skipping = colours.Router.WithRowFailure(RowFailureAction.Skip);
        var (found, expected) = (RoutedValues.Read(skipping.Transform(data)), RoutedValues.Read(colours.Router.Transform(colours.Test(300))));
        for (var row = 0; row < 300; row++)
        {
            if (row == 123)
            {
                AssertMissing(found, row);
            }
            else
            {
                AssertSame(expected, found, row);
            }
        }
    }

    [Theory]
    [InlineData(RowFailureAction.Skip)]
    [InlineData(RowFailureAction.Fallback)]
    public void Files_that_cannot_be_read_leave_missing_values_in_their_place(RowFailureAction action)
    {
        using var folder = new ScratchFolder();
        var pictures = FashionPictures.Test(600);
        var files = pictures.Select((picture, row) =>
        {
            var copy = folder.File($"{row}.png");
            var bytes = File.ReadAllBytes(picture.Path);
            File.WriteAllBytes(copy, row % 20 == 9 ? bytes[..(bytes.Length / 2)] : bytes);
            return new FashionPicture { Path = row % 20 == 19 ? folder.File("absent.png") : copy, Label = picture.Label };
        }).ToList();
        using var router = FitFashion(action);
        var expected = RoutedValues.Read(router.Transform(Fashion(pictures)));
        Assert.Equal(0, router.FailedRows);
        var data = Fashion(files);
        var found = RoutedValues.Read(router.Transform(data));
        Assert.Equal(60, router.FailedRows);
        Assert.Equal(files.Select(f => f.Path), router.Transform(data).GetColumn<string>("Path"));
        for (var row = 0; row < files.Count; row++)
        {
            if (row % 10 == 9)
            {
                AssertMissing(found, row);
            }
            else
            {
                // Real networks, and batches of other sizes than without faults.
                AssertSame(expected, found, row);
            }
        }
    }

    [Fact]
    public void Images_that_ML_NET_cannot_load_pass_through_as_missing_ones()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.File("text.png"), "no image");
        List<FashionPicture> files = [.. FashionPictures.Test(3), new FashionPicture { Path = folder.File("text.png"), Label = "Bag" }, .. FashionPictures.Test(2)];
        var ml = new MLContext(seed: 1);
        using var router = FitFashion(RowFailureAction.Skip);
        var loaded = ml.Transforms.LoadImages("Pixels", "", nameof(FashionPicture.Path)).Fit(Fashion(files)).Transform(Fashion(files));
        var images = ml.Transforms.DropColumns(nameof(FashionPicture.Path)).Append(ml.Transforms.CopyColumns(nameof(FashionPicture.Path), "Pixels"))
            .Fit(loaded).Transform(loaded);
        var routed = router.Transform(images);
        using var cursor = routed.GetRowCursor([routed.Schema["Path"], routed.Schema["Route"]]);
        var (getImage, getRoute) = (cursor.GetGetter<MLImage>(routed.Schema["Path"]), cursor.GetGetter<uint>(routed.Schema["Route"]));
        for (var row = 0; row < files.Count; row++)
        {
            Assert.True(cursor.MoveNext());
            MLImage image = null!;
            var route = 0u;
            getImage(ref image);
            getRoute(ref route);
            Assert.Equal(row == 3, image is null);
            Assert.Equal(row == 3, route == 0);
            image?.Dispose();
        }

        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void There_are_three_ways()
    {
        var options = colours.Options();
        options.OnRowFailure = (RowFailureAction)3;
        Assert.Contains("OnRowFailure", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Context.OtdRouting().Route(options)).Message);
        Assert.Contains("OnRowFailure", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Router.WithRowFailure((RowFailureAction)(-1))).Message);
    }

    private static bool IsBright(int row) => row % BrightEvery == 7;

    private static List<ColourRow> Pictures()
    {
        var rows = ColourPictures.Rows(Rows, seed: 3, brightest: 200);
        foreach (var row in rows.Where(r => IsBright(r.Number)))
        {
            // The same pixel at all sizes: blocks of 4 x 4 are one pixel of the smallest.
            for (var i = 0; i < 64; i++)
            {
                row.Image[(i / 8 * 16) + (i % 8)] = 250;
            }
        }

        return rows;
    }

    /// <summary>The resolution that looks first, which a router over three sizes without a mix has one of.</summary>
    private static int FirstLook(OtdRoutingTransformer router) => int.Parse(Assert.Single(router.Parts).FirstLook, System.Globalization.CultureInfo.InvariantCulture) switch
    {
        4 => 0,
        8 => 1,
        _ => 2,
    };

    /// <summary>Two routers that differ in the faults of their models alone, fitted on pictures without any bright one.</summary>
    private (OtdRoutingTransformer Faulty, OtdRoutingTransformer Sound, IDataView Data) Routers(string fault, int[] sizes)
    {
        var fitting = colours.Load(ColourPictures.Rows(400, seed: 4, brightest: 200));
        var value = fault == "NaN" ? float.NaN : float.PositiveInfinity;
        var faulty = colours.Resolutions.Select((r, i) => !sizes.Contains(ColourModels.Sizes[i]) ? r : new Resolution(
            fault == "throws" ? ColourModels.WriteTripping(colours.Folder, ColourModels.Sizes[i]) : ColourModels.WriteSpoiling(colours.Folder, ColourModels.Sizes[i], value),
            ColourModels.Sizes[i])
        {
            Flops = ColourModels.Flops(ColourModels.Sizes[i]),
        }).ToArray();
        var options = new[] { colours.OptionsWith(faulty), colours.Options() };
        foreach (var option in options)
        {
            option.Fitting.PruneRoutes = false;
        }

        var (keys, router) = colours.Fit(options[0], fitting);
        return (router, colours.Fit(options[1], fitting).Router, keys.Transform(colours.Load(Pictures())));
    }

    private static void AssertMissing(RoutedValues found, int row)
    {
        Assert.Equal((0u, 0u), (found.Routes[row], found.PredictedKeys[row]));
        Assert.True(float.IsNaN(found.Costs[row]));
        Assert.All(found.Scores[row], value => Assert.True(float.IsNaN(value)));
        Assert.All(found.RouteScores[row], value => Assert.True(float.IsNaN(value)));
    }

    private static void AssertSame(RoutedValues expected, RoutedValues found, int row)
    {
        Assert.Equal((expected.Routes[row], expected.PredictedKeys[row], expected.Costs[row]), (found.Routes[row], found.PredictedKeys[row], found.Costs[row]));
        Assert.Equal(expected.Scores[row], found.Scores[row]);
        Assert.Equal(expected.RouteScores[row], found.RouteScores[row]);
    }

    private static OtdRoutingTransformer FitFashion(RowFailureAction action)
    {
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = nameof(FashionPicture.Path),
            Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames },
            OnRowFailure = action,
            Scoring = { IntraOpNumThreads = 1 },
        };
        foreach (var size in new[] { 10, 14, 20, 28 })
        {
            options.Resolutions.Add(new Resolution(FashionPictures.ModelFile(size), size));
        }

        return new MLContext(seed: 1).OtdRouting().Route(options).Fit(Fashion(FashionPictures.Test(1000)));
    }

    private static IDataView Fashion(IReadOnlyList<FashionPicture> files)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(files);
        var names = ml.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(n => new FashionPicture { Label = n }));
        return ml.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: ml.Transforms.SelectColumns("Label").Fit(names).Transform(names))
            .Fit(data).Transform(data);
    }

    private sealed class ColourPrediction
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public uint Route { get; set; }
    }
}
