using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Real models and all pictures of the test file, through what is exported and saved.</summary>
public class FashionPersistenceTests(FashionRouterTests.Fitted fashion) : IClassFixture<FashionRouterTests.Fitted>
{
    private const int AllPictures = 5000;

    [Fact]
    public void The_exported_graph_takes_the_routes_of_the_transformer_on_all_pictures()
    {
        var router = fashion.Router;
        var images = Steps(fashion.Model).TakeWhile(s => s != router).Aggregate(
            fashion.Context.Data.LoadFromEnumerable(FashionPictures.Test(AllPictures)), (data, step) => step.Transform(data));
        var expected = RoutedValues.Read(router.Transform(images));
        Assert.Equal(AllPictures, expected.Rows);
        using var file = new MemoryStream();
        router.ExportToOnnx(file, ExportedImageFormat.InterleavedByte);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(file.ToArray(), options);
        using var run = new RunOptions();
        using var input = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, OnnxRuntime.Tensors.TensorElementType.UInt8, [1, 28, 28, 3]);
        using var cursor = images.GetRowCursor([images.Schema["Image"]]);
        var getter = cursor.GetGetter<MLImage>(images.Schema["Image"]);
        MLImage image = null!;
        var (row, same) = (0, 0);
        for (; cursor.MoveNext(); row++)
        {
            getter(ref image);
            Interleave(image, input.GetTensorMutableDataAsSpan<byte>());
            using var outputs = session.Run(run, ["image"], [input], ["Score", "Route", "Cost"]);
            if (outputs[1].GetTensorDataAsSpan<long>()[0] + 1 != expected.Routes[row])
            {
                continue;
            }

            same++;
            Assert.Equal(expected.Costs[row], outputs[2].GetTensorDataAsSpan<float>()[0]);
            var scores = outputs[0].GetTensorDataAsSpan<float>();
            for (var c = 0; c < scores.Length; c++)
            {
                Assert.Equal(expected.Scores[row][c], scores[c], 1e-4f);
            }
        }

        Assert.Equal(AllPictures, row);
        Assert.InRange(same, 0.999 * AllPictures, AllPictures);
    }

    [Fact]
    public void A_loaded_pipeline_is_the_same_and_holds_every_weight_once()
    {
        using var folder = new ScratchFolder();
        var input = fashion.Context.Data.LoadFromEnumerable(FashionPictures.Test(1000));
        fashion.Context.OtdRouting().Save(fashion.Model, input.Schema, folder.File("model.zip"));
        using var loaded = new MLContext().OtdRouting().Load(folder.File("model.zip"), out var schema);
        RoutedValues.AssertSame(RoutedValues.Read(fashion.Model.Transform(input)), RoutedValues.Read(loaded.Transform(input)));
        Assert.Contains(schema, c => c.Name == "Path");

        using var half = fashion.Router.WithBudget(ComputeBudget.FractionOfLargest(0.5));
        using var loadedHalf = loaded.OfType<OtdRoutingTransformer>().Single().WithBudget(ComputeBudget.FractionOfLargest(0.5));
        Assert.Equal(half.RoutePrices, loadedHalf.RoutePrices);

        // The graph of a router over all resolutions has all their weights; the skeletons beside it are small.
        using var lean = fashion.Router.WithBudget(ComputeBudget.FractionOfLargest(0.2));
        Assert.Equal(0, Array.IndexOf(FashionPictures.Sizes, int.Parse(lean.Routes[0].Name)));
        using var exported = new MemoryStream();
        lean.ExportToOnnx(exported);
        fashion.Context.OtdRouting().Save(lean, null, folder.File("lean.zip"));
        using var entry = System.IO.Compression.ZipFile.OpenRead(folder.File("lean.zip"));
        using var graph = entry.Entries.Single(e => e.Name == "OnnxModel").Open();
        using var bytes = new BinaryReader(graph);
        var saved = RouterMetadata.Find(ModelProto.Parser.ParseFrom(bytes.ReadBytes(bytes.ReadInt32())))!;
        Assert.Equal(4, saved.Resolutions.Count);
        var models = FashionPictures.Sizes.Sum(s => new FileInfo(FashionPictures.ModelFile(s)).Length);
        Assert.InRange(saved.Resolutions.Sum(r => r.Model.Length), 1, models / 5);
        Assert.InRange(exported.Length, models / 2, models * 1.2);
    }

    private static IEnumerable<ITransformer> Steps(ITransformer model) => (IEnumerable<ITransformer>)model;

    /// <summary>RGB bytes of a picture of the right size.</summary>
    private static void Interleave(MLImage image, Span<byte> target)
    {
        var pixels = image.Pixels;
        var swapped = image.PixelFormat == MLPixelFormat.Bgra32;
        for (var p = 0; p < pixels.Length / 4; p++)
        {
            target[3 * p] = pixels[(4 * p) + (swapped ? 2 : 0)];
            target[(3 * p) + 1] = pixels[(4 * p) + 1];
            target[(3 * p) + 2] = pixels[(4 * p) + (swapped ? 0 : 2)];
        }
    }
}
