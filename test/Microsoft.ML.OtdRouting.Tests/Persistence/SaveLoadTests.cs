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
        var loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);
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
}
