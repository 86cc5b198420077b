using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace MLNet.StandIn.Tests;

/// <summary>What an extension builds out of public parts: an image pipeline with a model in it, and parameters that travel in a table.</summary>
public class EndToEndTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void AnImagePipelineWithAModelIsSavedLoadedAndAskedForOneImage()
    {
        string model = Path.Combine(AppContext.BaseDirectory, "models", "fashion-resnet8-10.onnx");
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(model);
        (string input, var metadata) = session.InputMetadata.Single();
        string output = session.OutputMetadata.Keys.First();
        var colors = metadata.Dimensions[1] == 1 ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        var shape = new Dictionary<string, int[]> { [input] = [1, metadata.Dimensions[1], 10, 10] };

        var pipeline = _ml.Transforms.ResizeImages("Small", 10, 10, nameof(Photo.Image), ImageResizingEstimator.ResizingKind.Fill)
            .Append(_ml.Transforms.ExtractPixels(input, "Small", colors, scaleImage: 1f / 255))
            .Append(_ml.Transforms.ApplyOnnxModel([output], [input], model, shape, null, false, 100))
            .Append(_ml.Transforms.CopyColumns("Score", output));
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { Make(0), Make(90) });
        var fitted = pipeline.Fit(data);
        float[][] scores = [.. fitted.Transform(data).GetColumn<float[]>("Score")];
        Assert.NotEqual(scores[0], scores[1]);

        using var stream = new MemoryStream();
        _ml.Model.Save(fitted, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = _ml.Model.Load(stream, out DataViewSchema schema);
        Assert.Equal(["Name"], schema.Select(c => c.Name));
        using var engine = _ml.Model.CreatePredictionEngine<Photo, Prediction>(loaded);
        Assert.Equal(scores[1], engine.Predict(Make(90)).Score);
        Assert.Equal(scores[0], engine.Predict(Make(0)).Score);
    }

    [Fact]
    public void ParametersTravelInAValueMapping()
    {
        var payload = new Dictionary<string, byte[]> { ["parameters"] = Encoding.UTF8.GetBytes("3") };
        var pipeline = _ml.Transforms.CustomMapping<Nothing, Named>(KeyFactory.Map, "Tests.Key")
            .Append(_ml.Transforms.Conversion.MapValue("Payload", payload, "Key"))
            .Append(_ml.Transforms.CustomMapping<Loaded, Doubled>(ScaleFactory.Map, "Tests.Scale"))
            .Append(_ml.Transforms.DropColumns("Key", "Payload"));
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        using var stream = new MemoryStream();
        _ml.Model.Save(pipeline.Fit(data), data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);
        Assert.Equal([0f, 3f, 6f], loaded.Transform(data).GetColumn<float>("Twice"));
    }

    private static Photo Make(byte shade) => new()
    {
        Name = "photo",
        Image = MLImage.CreateFromPixels(28, 28, MLPixelFormat.Rgba32, Gradient(shade)),
    };

    private static byte[] Gradient(byte shade) =>
        [.. Enumerable.Range(0, 28 * 28).SelectMany(i => new byte[] { (byte)((i % 28 * 5) + shade), shade, 7, 255 })];

    private sealed class Photo
    {
        public string Name { get; set; } = "";

        [ImageType(28, 28)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }

    public sealed class Nothing
    {
    }

    public sealed class Named
    {
        public string Key { get; set; } = "";
    }

    public sealed class Loaded
    {
        public float Value { get; set; }

        public byte[] Payload { get; set; } = [];
    }

    [CustomMappingFactoryAttribute("Tests.Key")]
    private sealed class KeyFactory : CustomMappingFactory<Nothing, Named>
    {
        public static void Map(Nothing source, Named target) => target.Key = "parameters";

        public override Action<Nothing, Named> GetMapping() => Map;
    }

    [CustomMappingFactoryAttribute("Tests.Scale")]
    private sealed class ScaleFactory : CustomMappingFactory<Loaded, Doubled>
    {
        public static void Map(Loaded source, Doubled target) =>
            target.Twice = source.Value * float.Parse(Encoding.UTF8.GetString(source.Payload));

        public override Action<Loaded, Doubled> GetMapping() => Map;
    }
}
