using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Labels that lack some of the models' classes, whose names alone tell what they are.</summary>
public sealed class MissingClassesTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private static readonly string[] _lacking = ["blue", "red", "green"];

    [Fact]
    public void Scores_have_all_classes_and_the_label_s_keys_keep_their_numbers()
    {
        var (keys, router) = Fit();
        using (router)
        {
            var scored = router.Transform(keys.Transform(Without("green", 2)));
            Assert.Equal(2ul, ((KeyDataViewType)scored.Schema["Key"].Type).Count);
            Assert.Equal(3ul, ((KeyDataViewType)scored.Schema["PredictedLabel"].Type).Count);
            Assert.Equal(_lacking, Names(scored.Schema["PredictedLabel"], "KeyValues"));
            Assert.Equal(_lacking, Names(scored.Schema["Score"], "SlotNames"));
            Assert.All(scored.GetColumn<float[]>("Score"), s => Assert.Equal((3, 1.0), (s.Length, Math.Round(s.Sum(), 4))));
            var metrics = colours.Context.OtdRouting().Evaluate(scored, ColourRouter.Keyed);
            Assert.InRange(metrics.Quality, 0.8, 1);
            var ofMLNet = colours.Context.MulticlassClassification.Evaluate(scored, "Key");
            Assert.Equal(metrics.Quality, ofMLNet.MicroAccuracy, 6);
            Assert.Equal(metrics["log-loss"], ofMLNet.LogLoss, 6);
            // Pictures of the class that the fit has not seen are recognised as such: their names are those of the models.
            var classes = colours.Context.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel").Fit(scored)
                .Transform(router.Transform(colours.Load(ColourPictures.Rows(300, seed: 3).Where(r => r.Label == "green").ToList())));
            Assert.InRange(classes.GetColumn<ReadOnlyMemory<char>>("Class").Average(c => $"{c}" == "green" ? 1 : 0), 0.2, 1);
        }
    }

    [Fact]
    public void Labels_with_other_keys_are_evaluated_and_compared_by_name()
    {
        var (_, router) = Fit();
        using (router)
        {
            var all = colours.Load(ColourPictures.Rows(300, seed: 3));
            var rekeyed = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(all).Transform(all);
            var evaluated = colours.Context.OtdRouting().Evaluate(router.Transform(rekeyed), ColourRouter.Keyed);
            Assert.Equal(colours.Context.OtdRouting().Compare(router, rekeyed).Metrics.Quality, evaluated.Quality, 6);
        }
    }

    [Fact]
    public void Saved_loaded_and_exported_routers_have_all_classes()
    {
        var (keys, router) = Fit();
        using (router)
        {
            var data = keys.Transform(Without("green", 2));
            var file = Path.Combine(colours.Folder, "lacking.zip");
            colours.Context.OtdRouting().Save(router, data.Schema, file);
            using var loaded = colours.Context.OtdRouting().Load(file, out _);
            var (expected, found) = (router.Transform(data), loaded.Transform(data));
            Assert.Equal(expected.GetColumn<float[]>("Score"), found.GetColumn<float[]>("Score"));
            Assert.Equal(expected.GetColumn<uint>("PredictedLabel"), found.GetColumn<uint>("PredictedLabel"));
            Assert.Equal(_lacking, Names(found.Schema["PredictedLabel"], "KeyValues"));
            var plain = PlainModel.Load(colours.Context, file, out _).Transform(data);
            Assert.Equal(expected.GetColumn<uint>("PredictedLabel"), plain.GetColumn<uint[]>("PredictedLabel").Select(p => p[0]));
            using var graph = new MemoryStream();
            router.ExportToOnnx(graph);
            using var session = new OnnxRuntime.InferenceSession(graph.ToArray());
            Assert.Equal([1, 3], session.OutputMetadata["Score"].Dimensions);
        }
    }

    [Fact]
    public void Keys_that_are_stored_too_small_for_all_classes_become_larger()
    {
        Assert.Equal(typeof(uint), OtdRouting.Tasks.KeyColumn.TypeOf(typeof(byte), 1000).RawType);
        Assert.Equal(typeof(byte), OtdRouting.Tasks.KeyColumn.TypeOf(typeof(byte), 255).RawType);
        Assert.Equal(typeof(ushort), OtdRouting.Tasks.KeyColumn.TypeOf(typeof(ushort), 1000).RawType);
    }

    [Fact]
    public void Keys_that_are_no_names_are_listed()
    {
        var options = colours.Options();
        options.Classification().ClassNames = ["red", "green", "yellow"];
        Assert.Contains("blue is not among the names", Assert.Throws<ArgumentException>(() => colours.Fit(options, Without("green", 1))).Message);
    }

    private (ITransformer Keys, OtdRoutingTransformer Router) Fit() => colours.Fit(colours.Options(), Without("green", 1));

    private IDataView Without(string label, int seed) => colours.Load(ColourPictures.Rows(600, seed).Where(r => r.Label != label).ToList());

    private static string[] Names(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(kind, ref names);
        return [.. names.DenseValues().Select(n => $"{n}")];
    }
}
