using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Chains with a router, saved and loaded as ML.NET's own transformers.</summary>
public class SaveLoadTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void A_loaded_chain_over_vectors_gives_the_same_columns()
    {
        var rows = ColourPictures.Rows(60, seed: 4);
        AssertSame(colours.Fitting, () => colours.Load(rows));
    }

    [Fact]
    public void A_loaded_chain_over_images_gives_the_same_columns()
    {
        var ml = colours.Context;
        var fitting = ml.Data.LoadFromEnumerable(ColourPictures.Images(ColourPictures.Rows(ColourRouter.FittingRows, seed: 1)));
        // ML.NET's own transforms dispose the images that they read, so every pass needs new ones.
        AssertSame(fitting, () => ml.Data.LoadFromEnumerable(ColourPictures.Images(ColourPictures.Rows(60, seed: 4))));
    }

    [Theory]
    [InlineData(ColourPictures.Side)]
    [InlineData(21)]
    public void A_loaded_chain_over_files_predicts_one_picture_as_it_scores_many(int side)
    {
        using var folder = new ScratchFolder();
        var ml = colours.Context;
        var pictures = ColourPictures.Rows(100, seed: 5).Select(r => new FashionPicture { Path = $"{r.Number}.png", Label = r.Label }).ToList();
        foreach (var (row, picture) in ColourPictures.Rows(100, seed: 5).Zip(pictures))
        {
            using var drawn = Enlarged(row.Image, side);
            drawn.Save(folder.File(picture.Path));
        }

        var fitting = ml.Data.LoadFromEnumerable(pictures);
        var chain = ml.Transforms.LoadImages("Image", folder.Path, "Path")
            .Append(ml.Transforms.Conversion.MapValueToKey("Key", "Label"))
            .Append(ml.OtdRouting().Route(colours.Options())).Fit(fitting);
        ml.Model.Save(chain, fitting.Schema, folder.File("model.zip"));
        var loaded = PlainModel.Load(new MLContext(), folder.File("model.zip"), out _);
        var scores = loaded.Transform(fitting).GetColumn<float[]>("Score").ToList();
        using var engine = ml.Model.CreatePredictionEngine<FashionPicture, LoadedPrediction>(loaded);
        for (var i = 0; i < 20; i++)
        {
            var prediction = engine.Predict(pictures[i]);
            Assert.Equal(scores[i], prediction.Score);
            Assert.Equal(Array.IndexOf(scores[i], scores[i].Max()) + 1, (int)prediction.PredictedLabel.Single());
        }

        // The router itself resizes better than ML.NET, which does so in the saved chain; where no resizing is needed they agree.
        if (side == ColourPictures.Side)
        {
            var expected = RoutedValues.Read(chain.Transform(fitting));
            Assert.All(Enumerable.Range(0, pictures.Count), i => Assert.All(expected.Scores[i].Zip(scores[i]), p => Assert.Equal(p.First, p.Second, 1e-5f)));
        }
    }

    [Fact]
    public void A_model_file_that_is_gone_is_named()
    {
        using var folder = new ScratchFolder();
        using var router = colours.Fit(colours.OptionsWith(ColourModels.Write(folder.Path))).Router;
        File.Delete(folder.File("colour-8.onnx"));
        var error = Assert.ThrowsAny<Exception>(() => colours.Context.Model.Save(router, colours.Fitting.Schema, folder.File("model.zip")));
        Assert.Contains("colour-8.onnx", error.Message);
    }

    private void AssertSame(IDataView fitting, Func<IDataView> test)
    {
        var ml = colours.Context;
        var chain = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Append(ml.OtdRouting().Route(colours.Options())).Fit(fitting);
        using var folder = new ScratchFolder();
        ml.Model.Save(chain, fitting.Schema, folder.File("model.zip"));
        var loaded = PlainModel.Load(new MLContext(), folder.File("model.zip"), out _);
        var expected = RoutedValues.Read(chain.Transform(test()));
        var actual = loaded.Transform(test());
        Assert.DoesNotContain(loaded.GetOutputSchema(test().Schema), c => !c.IsHidden && c.Name.StartsWith("OtdRouting.", StringComparison.Ordinal));
        var scores = Column<float>("Score").ToList();
        var routes = Column<uint>("Route").Select(r => r.Single()).ToList();
        var labels = Column<uint>("PredictedLabel").Select(l => l.Single()).ToList();
        var costs = Column<float>("Cost").Select(c => c.Single()).ToList();
        Assert.Equal(expected.Rows, scores.Count);
        for (var i = 0; i < expected.Rows; i++)
        {
            Assert.Equal(expected.Routes[i], routes[i]);
            Assert.Equal(expected.PredictedKeys[i], labels[i]);
            Assert.Equal(expected.Costs[i], costs[i]);
            for (var c = 0; c < scores[i].Length; c++)
            {
                Assert.Equal(expected.Scores[i][c], scores[i][c], 1e-5f);
            }
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        actual.Schema["Route"].GetKeyValues(ref names);
        Assert.Equal(((IEnumerable<ITransformer>)chain).OfType<OtdRoutingTransformer>().Single().Routes.Select(r => r.Name), names.DenseValues().Select(n => n.ToString()));
        actual.Schema["PredictedLabel"].GetKeyValues(ref names);
        Assert.Equal(3, names.Length);

        IEnumerable<T[]> Column<T>(string name) => loaded.Transform(test()).GetColumn<T[]>(name);
    }

    /// <summary>The picture with its last row and column repeated.</summary>
    private static MLImage Enlarged(float[] planes, int side)
    {
        var pixels = new float[3 * side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (channel, y, x) = (i / (side * side), i / side % side, i % side);
            pixels[i] = planes[(((channel * ColourPictures.Side) + Math.Min(y, ColourPictures.Side - 1)) * ColourPictures.Side) + Math.Min(x, ColourPictures.Side - 1)];
        }

        return ColourPictures.ToImage(pixels, side, side);
    }

    private sealed class LoadedPrediction
    {
        public float[] Score { get; set; } = [];

        public uint[] PredictedLabel { get; set; } = [];
    }
}
