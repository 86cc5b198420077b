using System.Text.Json;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

public sealed class ProfileAndDoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-doctor-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Profile_prints_the_documented_object(bool withImages)
    {
        JsonElement json = ToolRun.Json(["profile", .. ImageSets.Models(14, 10), "--batch", "4", .. withImages ? (string[])["--images", ImageSets.Test] : []]);
        JsonElement[] resolutions = [.. json.GetProperty("resolutions").EnumerateArray()];
        Assert.Equal([14, 10], resolutions.Select(r => r.GetProperty("size").GetInt32()));
        Assert.Equal([ImageSets.Model(14), ImageSets.Model(10)], resolutions.Select(r => r.GetProperty("model").GetString()));
        Assert.Equal(2 * 5.37e6, resolutions[1].Number("flops"), 0.02e6);
        Assert.All(resolutions, r =>
        {
            Assert.True(r.Number("parameters") > 100_000);
            Assert.InRange(r.Number("msBest"), double.Epsilon, r.Number("msBatch1"));
            Assert.Contains(r.GetProperty("bestBatch").GetInt32(), new[] { 1, 2, 4 });
        });
    }

    [Fact]
    public void Profile_refuses_what_it_cannot_measure()
    {
        ToolRun.Fail(2, "--model", "profile");
        ToolRun.Fail(2, "--batch is 0", ["profile", .. ImageSets.Models(10), "--batch", "0"]);
        ToolRun.Fail(2, "--threads is '0'", ["profile", .. ImageSets.Models(10), "--threads", "0"]);
        ToolRun.Fail(1, "missing.onnx' not found", "profile", "--model", "missing.onnx@10");
        File.WriteAllText(At("text.onnx"), "no model");
        ToolRun.Fail(1, "text.onnx' is not a readable ONNX model", "profile", "--model", $"{At("text.onnx")}@10");
    }

    [Fact]
    public void Doctor_tells_what_it_found()
    {
        JsonElement json = ToolRun.Json(["doctor", .. ImageSets.Models(10, 28), "--images", ImageSets.Test]);
        Assert.Matches(@"^\d+\.\d+", json.GetProperty("mlnetVersion").GetString());
        Assert.Matches(@"^\d+\.\d+", json.GetProperty("onnxRuntime").GetString());
        Assert.Contains("CPUExecutionProvider", json.GetProperty("providers").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(Environment.ProcessorCount, json.GetProperty("cores").GetInt32());
        Assert.True(json.GetProperty("decodesImages").GetBoolean());
        JsonElement model = json.GetProperty("models")[1];
        Assert.Equal(("28", 13, 10, 128), (model.GetProperty("size").GetString(), model.GetProperty("opset").GetInt32(), model.GetProperty("classes").GetInt32(), model.GetProperty("embedding").GetInt32()));
        JsonElement images = json.GetProperty("images");
        Assert.Equal((120, "28x28"), (images.GetProperty("count").GetInt32(), images.GetProperty("largest").GetString()));
        Assert.Equal(12, images.GetProperty("classes").GetProperty("Ankle-boot").GetInt32());
        Assert.Empty(json.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public void Doctor_names_everything_that_is_wrong_at_once()
    {
        Directory.CreateDirectory(At("images/Bag"));
        File.WriteAllText(At("images/Bag/torn.png"), "no picture");
        (int code, string output, _) = ToolRun.Run(
            ["doctor", .. ImageSets.Models(10), "--model", $"{ImageSets.Model(14)}@15", "--model", "missing.onnx@20", "--images", At("images"), "--json"]);
        Assert.Equal(1, code);
        string problems = string.Join('\n', ToolRun.Parse(output).GetProperty("problems").EnumerateArray().Select(p => p.GetString()));
        Assert.Contains("expected [batch or free, 3, 15, 15]", problems);
        Assert.Contains("missing.onnx' not found", problems);
        Assert.Contains("torn.png cannot be decoded", problems);
        Assert.Contains("holds 1 images; fitting a router needs at least 10", problems);
    }

    [Fact]
    public void Doctor_compares_models_with_each_other_and_with_the_labels()
    {
        foreach (int label in Enumerable.Range(0, 11))
        {
            Directory.CreateDirectory(At($"images/{label}"));
            File.Copy(Directory.EnumerateFiles(Path.Combine(ImageSets.Test, "Bag")).First(), At($"images/{label}/1.png"));
        }

        File.Copy(ImageSets.Model(10), At("copy.onnx"));
        (int code, string output, _) = ToolRun.Run(["doctor", .. ImageSets.Models(10), "--model", $"{At("copy.onnx")}@10", "--images", At("images")]);
        Assert.Equal(1, code);
        string text = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Size 10 is there 2 times", text);
        Assert.Contains("has 11 labels, the models have 10 classes: every label must be a class", text);
        Assert.Contains("note: Fewer than 20 images of 0, 1, 2", text);
        Assert.Contains("2 wrong.", text);
    }

    [Fact]
    public void Doctor_counts_images_that_are_not_stored_upright()
    {
        Directory.CreateDirectory(At("images/Bag"));
        using SKBitmap bitmap = new(20, 10);
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] jpeg = encoded.ToArray();
        foreach (int orientation in Enumerable.Range(1, 8))
        {
            File.WriteAllBytes(At($"images/Bag/{orientation}.jpg"), WithOrientation(jpeg, orientation));
        }

        (_, string output, _) = ToolRun.Run("doctor", "--images", At("images"), "--json");
        JsonElement found = ToolRun.Parse(output);
        Assert.Equal(7, found.GetProperty("images").GetProperty("turned").GetInt32());
        Assert.Contains(found.GetProperty("notes").EnumerateArray(), n => n.GetString()!.StartsWith("7 of 8 images are stored on their side", StringComparison.Ordinal));
    }

    private static byte[] WithOrientation(byte[] jpeg, int orientation) =>
    [
        .. jpeg.AsSpan(0, 2), 0xFF, 0xE1, 0, 34, .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0,
        .. jpeg.AsSpan(2),
    ];

    [Fact]
    public void Doctor_of_nothing_but_the_machine_is_content()
    {
        (int code, string output, _) = ToolRun.Run("doctor");
        Assert.Equal(0, code);
        Assert.Contains("Nothing is wrong.", output);
        (code, output, _) = ToolRun.Run("doctor", "--images", "nowhere");
        Assert.Equal(1, code);
        Assert.Contains("nowhere does not exist", output);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
