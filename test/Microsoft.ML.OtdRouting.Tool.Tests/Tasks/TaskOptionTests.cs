using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.OtdRouting.Tests.Tasks.Detection;
using Microsoft.ML.OtdRouting.Tool.Arrays;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

/// <summary>The options of the tasks, from the command line to what they change.</summary>
public sealed class TaskOptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-options-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Detectors_of_every_form_are_measured_as_the_same()
    {
        (string fit, string fitObjects) = Pascal("fit", 40, 1);
        (string test, string testObjects) = Pascal("test", 30, 2);
        double[] Alone(string form) => Qualities(ToolRun.Json([
            "sweep", "--task", "detection", "--images", fit, "--annotations", fitObjects, "--test", test, "--test-annotations", testObjects,
            "--classes", "red,green,blue", "--budgets", "1", .. DetectorForms.Write(At(form), form)]));
        double[] plain = Alone("plain");
        Assert.True(plain[1] > 0.7 && plain[1] > plain[0], string.Join(", ", plain));
        foreach (string form in new[] { "corners", "objectness", "detections", "logits" })
        {
            // The logits of next to nothing are cut off, which no detection is.
            Assert.Equal(plain, Alone(form), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Theory]
    [InlineData("logits", "scores are from 0 to 1. Set ScoresAreLogits")]
    [InlineData("plain", "the grids of strides 8, 16, 32", "--box-format", "grid-offsets")]
    [InlineData("plain", "is no Detections", "--output-form", "detections")]
    [InlineData("objectness", "is no Detections", "--output-form", "detections")]
    public void Outputs_of_another_form_are_named(string form, string message, params string[] options)
    {
        (string images, string objects) = Pascal("fit", 20, 1);
        ToolRun.Fail(1, message, [
            "fit", "--task", "detection", "--images", images, "--annotations", objects, "--classes", "red,green,blue", "--budget", "0.7", "--out", At("model.zip"),
            .. DetectorForms.Write(At(form), form).TakeWhile(o => o is not ("--logits" or "--output-form")), .. options]);
    }

    /// <summary>What Pascal VOC calls difficult counts for nothing, found or not; what it does not, counts.</summary>
    [Fact]
    public void Difficult_objects_of_Pascal_VOC_do_not_count()
    {
        (string fit, string fitObjects) = Pascal("fit", 40, 1);
        (string test, string testObjects) = Pascal("test", 30, 2);
        double[] Alone(string objects) => Qualities(ToolRun.Json([
            "sweep", "--task", "detection", "--images", fit, "--annotations", fitObjects, "--test", test, "--test-annotations", objects,
            "--classes", "red,green,blue", "--budgets", "1", .. DetectorForms.Write(At("plain"), "plain")]));
        double[] plain = Alone(testObjects);
        Assert.Equal(plain, Alone(Pascal("test", 30, 2, "hidden", difficult: 1).Objects));
        Assert.True(Alone(Pascal("test", 30, 2, "missed", difficult: 0).Objects)[1] < plain[1] - 0.05);
    }

    [Fact]
    public void Without_objects_a_router_of_detectors_learns_from_the_largest_one()
    {
        (string fit, _) = Pascal("fit", 60, 1);
        (string test, _) = Pascal("test", 20, 2);
        ToolRun.Json([
            "fit", "--task", "detection", "--images", fit, "--classes", "red,green,blue", "--budget", "0.8", "--out", At("model.zip"), .. DetectorForms.Write(At("plain"), "plain")]);
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", test, "--out", At("boxes.tsv"));
        List<SceneImageRow> scenes = Scenes.WideImages(20, 2);
        string[][] sure = [.. File.ReadAllLines(At("boxes.tsv")).Skip(1).Select(line => line.Split('\t')).Where(row => Read(row[2]) >= 0.5)];
        Assert.True(sure.Length > 20, $"{sure.Length} detections");
        int right = sure.Count(row =>
        {
            SceneImageRow scene = scenes[int.Parse(Path.GetFileNameWithoutExtension(row[0]), CultureInfo.InvariantCulture)];
            return Enumerable.Range(0, scene.Label.Length).Any(k => scene.Label[k] == row[1] && Enumerable.Range(0, 4).All(c => Math.Abs(scene.BoundingBoxes[(4 * k) + c] - Read(row[3 + c])) < 2.5));
        });
        Assert.True(right >= 0.9 * sure.Length, $"{right} of {sure.Length} are right");
    }

    [Fact]
    public void A_search_tries_both_losses_of_detection()
    {
        (string images, string objects) = Pascal("fit", 60, 1);
        JsonElement search = ToolRun.Json([
            "search", "--task", "detection", "--images", images, "--annotations", objects, "--classes", "red,green,blue", "--budget", "0.8", "--trials", "6", "--out", At("model.zip"),
            .. DetectorForms.Write(At("plain"), "plain")]);
        AssertSearched(search, "AveragePrecision", "OptimalTransport");
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", images, "--out", At("boxes.tsv"));
        Assert.True(File.ReadAllLines(At("boxes.tsv")).Length > 60);
    }

    [Fact]
    public void A_search_tries_the_losses_of_ratios()
    {
        JsonElement search = ToolRun.Json(["search", "--task", "dense", "--images", Maps(40, 2), .. Depth, "--budget", "0.7", "--trials", "6", "--out", At("model.zip")]);
        AssertSearched(search, "AbsoluteRelative", "SquaredLogarithm");
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", At("maps.csv"), "--out", At("scores.csv"), "--arrays", At("maps"));
        Assert.Equal(41, File.ReadAllLines(At("scores.csv")).Length);
    }

    [Theory]
    [InlineData("relative", "AbsoluteRelative")]
    [InlineData("logarithm", "SquaredLogarithm")]
    [InlineData("squared", "Squared")]
    public void The_loss_of_maps_is_the_one_that_is_asked_for(string asked, string loss)
    {
        JsonElement search = ToolRun.Json(["search", "--task", "dense", "--images", Maps(20, 2), .. Depth, "--budget", "0.7", "--trials", "1", "--loss", asked]);
        Assert.Equal(loss, Assert.Single(search.GetProperty("trials").EnumerateArray()).GetProperty("loss").GetString());
    }

    /// <summary>Values of any sign have squares, and no ratios.</summary>
    [Fact]
    public void Values_below_zero_need_the_squared_loss()
    {
        string[] fit = ["fit", "--task", "dense", "--images", Maps(20, -3), .. Depth, "--budget", "0.7", "--out", At("model.zip")];
        Assert.True(ToolRun.Json([.. fit, "--loss", "squared"]).TryGetProperty("metrics", out _));
        ToolRun.Fail(1, "Row 0 (ImagePath", fit);
        ToolRun.Fail(2, "'cubed' not recognized", [.. fit, "--loss", "cubed"]);
    }

    private static void AssertSearched(JsonElement search, params string[] losses)
    {
        JsonElement[] trials = [.. search.GetProperty("trials").EnumerateArray()];
        Assert.Equal(6, trials.Length);
        Assert.Equal(losses[0], trials[0].GetProperty("loss").GetString());
        Assert.Equal(losses, trials.Select(t => t.GetProperty("loss").GetString()).Distinct().Order(StringComparer.Ordinal));
        Assert.All(trials, t => Assert.InRange(t.Number("quality"), -10, 1));
    }

    private static string[] Depth =>
        [.. new[] { "48x64", "72x96" }.SelectMany(size => new[] { "--model", $"{Path.Combine(AppContext.BaseDirectory, "models", $"depth-{size}.onnx")}@{size}" })];

    private static double[] Qualities(JsonElement sweep) => [.. sweep.GetProperty("resolutions").EnumerateArray().Select(r => r.Number("accuracy"))];

    private static float Read(string number) => float.Parse(number, CultureInfo.InvariantCulture);

    /// <summary>Shipped pictures with maps that are made up.</summary>
    private string Maps(int count, float first)
    {
        string[] pictures = [.. Directory.GetFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(count)];
        for (int i = 0; i < count; i++)
        {
            float[] map = [.. Enumerable.Range(0, 36 * 48).Select(pixel => first + (pixel / 48 / 12f) + (i % 5))];
            File.WriteAllBytes(At($"{i}.npy"), Npy.Array("<f4", "(36, 48)", MemoryMarshal.AsBytes<float>(map)));
        }

        File.WriteAllLines(At("maps.csv"), ["Path,Target", .. pictures.Select((p, i) => $"{p},{i}.npy")]);
        return At("maps.csv");
    }

    /// <summary>Scenes as files, with their objects in the form of Pascal VOC.</summary>
    /// <param name="name">Folder of the images.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Which ones.</param>
    /// <param name="kind">Suffix of the folder of the objects.</param>
    /// <param name="difficult">Where given, every image has an object more, which nobody sees: whether that is difficult.</param>
    private (string Images, string Objects) Pascal(string name, int count, int seed, string kind = "voc", int? difficult = null)
    {
        string images = Directory.CreateDirectory(At(name)).FullName, objects = Directory.CreateDirectory(At($"{name}-{kind}")).FullName;
        List<SceneImageRow> rows = Scenes.WideImages(count, seed);
        for (int i = 0; i < count; i++)
        {
            SceneImageRow row = rows[i];
            row.Image!.Save(Path.Combine(images, $"{i:D3}.png"));
            IEnumerable<string> seen = row.Label.Select((label, k) => Object(label, row.BoundingBoxes.AsSpan(4 * k, 4), 0));
            string[] all = difficult is { } kept ? [.. seen, Object("red", [1, 1, 3, 31], kept)] : [.. seen];
            File.WriteAllText(Path.Combine(objects, $"{i:D3}.xml"), $"<annotation><filename>{i:D3}.png</filename>{string.Concat(all)}</annotation>");
        }

        return (images, objects);
    }

    private static string Object(string label, ReadOnlySpan<float> box, int difficult) => string.Create(
        CultureInfo.InvariantCulture,
        $"<object><name>{label}</name><difficult>{difficult}</difficult><bndbox><xmin>{box[0] + 1}</xmin><ymin>{box[1] + 1}</ymin><xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>");

    private string At(string name) => Path.Combine(_folder, name);
}
