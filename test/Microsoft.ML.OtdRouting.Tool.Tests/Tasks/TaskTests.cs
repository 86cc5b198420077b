using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Tasks.Detection;
using Microsoft.ML.OtdRouting.Tool.Arrays;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

/// <summary>Each task of the library from the command line: fitted, scored and swept, and its faults.</summary>
public sealed class TaskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-tasks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Embeddings_come_out_as_one_array_and_are_swept_by_recall()
    {
        string[] task = ["--task", "embedding", "--images", ImageSets.Fit, .. ImageSets.Models(10, 20)];
        ToolRun.Json(["fit", .. task, "--budget", "0.6", "--out", At("model.zip")]);
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--out", At("scores.csv"), "--arrays", At("vectors.npy"));
        string[] table = File.ReadAllLines(At("scores.csv"));
        Assert.Equal("Path,Route,Cost", table[0]);
        (float[] vectors, int rows, int length) = NpyFile.ReadMap(At("vectors.npy"));
        Assert.Equal((120, 121), (rows, table.Length));
        Assert.All(vectors.Chunk(length), vector => Assert.Equal(1, vector.Sum(v => v * v), 1e-4));

        JsonElement sweep = ToolRun.Json(["sweep", .. task, "--test", ImageSets.Test, "--budgets", "0.5,1", "--report", At("report.html")]);
        Assert.StartsWith("recall", sweep.GetProperty("measure").GetString());
        Assert.DoesNotContain(" right", sweep.GetProperty("conclusion").GetString());
        Assert.Contains("Recall", File.ReadAllText(At("report.html")));
        JsonElement[] images = Examined(sweep, 120, "recall at 1", "recall at 5", "recall at 10", "mean average precision");
        Assert.All(images, image =>
        {
            JsonElement[] found = [.. image.GetProperty("beside").EnumerateArray()];
            Assert.Equal(5, found.Length);
            string label = image.GetProperty("summary").GetString()!;
            Assert.All(found, f => Assert.Equal(f.GetProperty("caption").GetString() == label, f.GetProperty("isRight").GetBoolean()));
            Assert.StartsWith($"A {label}; {found.Count(f => f.GetProperty("isRight").GetBoolean())} of the 5 ", image.GetProperty("description").GetString());
        });
        Assert.Contains(images, image => image.GetProperty("beside").EnumerateArray().Any(f => f.GetProperty("isRight").GetBoolean()));
        ToolRun.Fail(2, "--arrays", "score", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--out", At("scores.csv"));
        ToolRun.Fail(2, "--top", "score", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--out", At("scores.csv"), "--arrays", At("v.npy"), "--top", "3");
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", At("model.zip"), "--images", ImageSets.Test);
        Assert.Equal(120, evaluated.GetProperty("n").GetInt32());
        Assert.InRange(evaluated.Number("recall at 1"), 0.6, 1);
        ToolRun.Fail(2, "--annotations does not belong to a router of the task embedding", "evaluate", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--annotations", "a.json");
    }

    [Fact]
    public void Without_labels_neighbours_are_shown_and_none_is_right_or_wrong()
    {
        File.WriteAllLines(At("fit.csv"), ["Path", .. Directory.GetFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % 4 == 0)]);
        JsonElement sweep = ToolRun.Json(
            ["sweep", "--task", "embedding", "--images", At("fit.csv"), .. ImageSets.Models(10, 20), "--test", ImageSets.Test, "--budgets", "0.6", "--report", At("report.html")]);
        Assert.All(Examined(sweep, 120, "agreement at 1", "agreement at 10"), image => Assert.All(image.GetProperty("beside").EnumerateArray(), f =>
        {
            Assert.Equal(JsonValueKind.Null, f.GetProperty("isRight").ValueKind);
            Assert.EndsWith(".png", f.GetProperty("caption").GetString());
        }));
    }

    [Fact]
    public void Maps_come_out_as_an_array_an_image_and_are_swept_by_their_error()
    {
        string fit = Maps("fit", 40), test = Maps("test", 24);
        string[] task = ["--task", "dense", "--images", fit, .. Depth("48x64", "72x96")];
        ToolRun.Json(["fit", .. task, "--budget", "0.7", "--out", At("model.zip")]);
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", test, "--out", At("scores.csv"), "--arrays", At("maps"));
        string[] last = File.ReadAllLines(At("scores.csv"))[^1].Split(',');
        (float[] values, int height, int width) = NpyFile.ReadMap(Path.Combine(At("maps"), last[3]));
        Assert.Equal((36, 48), (height, width));
        Assert.All(values, v => Assert.True(float.IsFinite(v)));

        JsonElement sweep = ToolRun.Json(["sweep", .. task, "--test", test, "--budgets", "0.7,1", "--report", At("report.html")]);
        Assert.Equal("1 - AbsRel", sweep.GetProperty("measure").GetString());
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", At("model.zip"), "--images", test);
        Assert.Equal(24, evaluated.GetProperty("n").GetInt32());
        Assert.Equal(sweep.GetProperty("resolutions")[0].Number("accuracy"), evaluated.GetProperty("baselines")[0].Number("1 - AbsRel"), 1e-6);
        JsonElement[] images = Examined(sweep, 24, "AbsRel", "RMSE", "delta < 1.25");
        string[] captions = [.. images.Select(image =>
        {
            JsonElement[] maps = [.. image.GetProperty("beside").EnumerateArray()];
            Assert.Equal("predicted", maps[0].GetProperty("caption").GetString());
            Assert.All(maps, map => Assert.StartsWith("data:image/png;base64,", map.GetProperty("uri").GetString()));
            return maps[1].GetProperty("caption").GetString()!;
        })];

        // Every third test image has no true value at all.
        Assert.Contains("no true value", captions);
        Assert.Contains(captions, caption => caption.StartsWith("error ", StringComparison.Ordinal));
        Assert.Equal(["Predicted", "Error"], Page().GetProperty("scales").EnumerateArray().Select(s => s.GetProperty("name").GetString()));

        foreach (string map in Directory.GetFiles(_folder, "test-*.npy"))
        {
            File.WriteAllBytes(map, Map(36, 48, _ => 0));
        }

        ToolRun.Fail(1, "test.csv: nothing is known of any of the 24 images", ["sweep", .. task, "--test", test, "--budgets", "0.7"]);

        // Without targets there is nothing to err from.
        File.WriteAllLines(At("bare.csv"), File.ReadAllLines(fit).Select(line => line.Split(',')[0]));
        sweep = ToolRun.Json(["sweep", "--task", "dense", "--images", At("bare.csv"), .. Depth("48x64", "72x96"), "--test", At("bare.csv"), "--budgets", "0.7", "--report", At("report.html")]);
        Assert.All(Examined(sweep, 40, "1 - AbsRel to the largest"), image => Assert.Equal(1, image.GetProperty("beside").GetArrayLength()));
        Assert.Equal(["Predicted"], Page().GetProperty("scales").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
    }

    [Fact]
    public void Targets_that_are_missing_or_of_another_shape_are_named()
    {
        string table = Maps("fit", 4);
        string[] fit = ["fit", "--task", "dense", "--images", table, .. Depth("48x64", "72x96"), "--budget", "0.7", "--out", At("model.zip")];
        File.WriteAllBytes(At("fit-3.npy"), Map(5, 6));
        ToolRun.Fail(1, "fit-3.npy is a map of 5 × 6", fit);
        File.WriteAllBytes(At("fit-3.npy"), Npy.Vector(1, 2));
        ToolRun.Fail(1, "fit-3.npy has the shape (2); expected a map", fit);
        File.Delete(At("fit-3.npy"));
        ToolRun.Fail(1, "row 4: target fit-3.npy does not exist", fit);
    }

    [Fact]
    public void Detections_come_out_as_rows_and_are_swept_by_their_precision()
    {
        Resolution[] models = Scenes.Write(_folder);
        (string fitImages, string fitFile) = Objects("fit", 60, 1);
        (string testImages, string testFile) = Objects("test", 30, 2, blank: 6);
        string[] task = ["--task", "detection", "--images", fitImages, "--annotations", fitFile, "--classes", "red,green,blue", .. Models(models)];
        ToolRun.Json(["fit", .. task, "--budget", "0.7", "--out", At("model.zip")]);
        ToolRun.Json("score", "--fitted", At("model.zip"), "--images", testImages, "--out", At("boxes.tsv"));
        string[][] rows = [.. File.ReadAllLines(At("boxes.tsv")).Select(line => line.Split('\t'))];
        Assert.Equal(["Path", "Class", "Score", "X0", "Y0", "X1", "Y1", "Route", "Cost"], rows[0]);
        Assert.True(rows.Length > 30);
        Assert.All(rows[1..], row => Assert.Contains(row[1], Scenes.ClassNames));

        JsonElement sweep = ToolRun.Json(["sweep", .. task, "--test", testImages, "--test-annotations", testFile, "--budgets", "0.7,1", "--report", At("report.html")]);
        double[] alone = [.. sweep.GetProperty("resolutions").EnumerateArray().Select(r => r.Number("accuracy"))];
        Assert.True(alone[1] > 0.7 && alone[1] > alone[0], string.Join(", ", alone));
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", At("model.zip"), "--images", testImages, "--annotations", testFile);
        Assert.Equal(36, evaluated.GetProperty("n").GetInt32());
        Assert.Equal(alone[1], evaluated.GetProperty("baselines")[1].Number("image AP"), 1e-6);
        Assert.InRange(evaluated.Number("AP50"), 0.5, 1);
        ToolRun.Fail(2, "it needs --annotations", "evaluate", "--fitted", At("model.zip"), "--images", testImages);
        JsonElement[] images = Examined(sweep, 36, "AP", "AP50", "AP small", "AP medium", "AP large", "recall");
        Assert.Equal("AP by route and size of object", Page().GetProperty("measuresTitle").GetString());
        Dictionary<string, SceneImageRow> scenes = Scenes.WideImages(30, 2).Index().ToDictionary(s => $"{s.Index:D3}.png", s => s.Item);
        Assert.All(images, image =>
        {
            string file = image.GetProperty("file").GetString()!;
            Assert.Equal((64, 32), (image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()));
            ILookup<bool, float[]> boxes = image.GetProperty("boxes").EnumerateArray().ToLookup(
                b => b.GetProperty("isTrue").GetBoolean(),
                b => new[] { b.Number("x"), b.Number("y"), b.Number("x") + b.Number("width"), b.Number("y") + b.Number("height") }.Select(v => (float)v).ToArray());
            Assert.Equal($"{boxes[false].Count()} found, {boxes[true].Count()} there", image.GetProperty("summary").GetString());

            // Blank images have no objects, and nothing is found in them.
            Assert.Equal(scenes.TryGetValue(file, out SceneImageRow? scene) ? scene.BoundingBoxes : [], boxes[true].SelectMany(b => b));
            Assert.All(boxes[false], found => Assert.Contains(boxes[true], there => there.Zip(found).All(c => Math.Abs(c.First - c.Second) <= 8)));
        });
        Assert.Contains(images, image => image.GetProperty("description").GetString() == "Found: nothing. There: nothing.");
        Assert.Contains(images, image => image.GetProperty("boxes").EnumerateArray().Any(b => !b.GetProperty("isTrue").GetBoolean()));
        JsonElement all = sweep.GetProperty("byRoute").EnumerateArray().Last();
        Assert.Equal(scenes.Values.Sum(s => s.Label.Length), all.GetProperty("objects").GetInt32());
        ToolRun.Fail(2, "needs --test-annotations", ["sweep", .. task, "--test", testImages, "--budgets", "0.7,1"]);
    }

    [Fact]
    public void Annotations_that_are_none_are_named()
    {
        Resolution[] models = Scenes.Write(_folder);
        (string images, string file) = Objects("fit", 2, 1);
        string[] Fit(string annotations) =>
            ["fit", "--task", "detection", "--images", images, "--annotations", annotations, .. Models(models), "--budget", "0.7", "--out", At("model.zip")];
        File.WriteAllText(file, "{ \"images\": 3");
        ToolRun.Fail(1, "fit.json' is no annotation file of COCO", Fit(file));
        Directory.CreateDirectory(At("voc"));
        File.WriteAllText(Path.Combine(At("voc"), "a.xml"), "<annotation><object/></annotation>");
        ToolRun.Fail(1, "a.xml' is no annotation of Pascal VOC", Fit(At("voc")));
        ToolRun.Fail(1, "none.json does not exist", Fit(At("none.json")));
    }

    [Theory]
    [InlineData("--logits does not belong to --task classification; it belongs to detection", "--logits")]
    [InlineData("--loss does not belong to --task embedding; it belongs to dense", "--task", "embedding", "--loss", "squared")]
    [InlineData("--classes does not belong to --task dense; it belongs to classification and detection", "--task", "dense", "--classes", "a,b")]
    [InlineData("--background does not belong to --task detection; it belongs to classification", "--task", "detection", "--background", "0")]
    public void An_option_of_another_task_is_refused(string message, params string[] options) => ToolRun.Fail(
        2, message, ["fit", "--images", ImageSets.Fit, .. ImageSets.Models(10, 20), "--budget", "0.6", "--out", At("model.zip"), .. options]);

    private JsonElement Page() => ToolRun.Page(At("report.html"));

    /// <summary>Checks the table of measures by route, which is in the page as in the output, and gives the images that the page shows.</summary>
    private JsonElement[] Examined(JsonElement sweep, int count, params string[] measures)
    {
        JsonElement page = Page();
        JsonElement[] byRoute = [.. sweep.GetProperty("byRoute").EnumerateArray()], routes = [.. page.GetProperty("routes").EnumerateArray()];
        Assert.Equal(JsonSerializer.Serialize(sweep.GetProperty("byRoute")), JsonSerializer.Serialize(page.GetProperty("byRoute")));
        Assert.Equal([.. routes.Select(r => r.GetProperty("name").GetString()), "all"], byRoute.Select(r => r.GetProperty("route").GetString()));
        Assert.Equal(routes.Select(r => r.GetProperty("rows").GetInt32()), byRoute[..^1].Select(r => r.GetProperty("rows").GetInt32()));
        Assert.Equal(count, byRoute[^1].GetProperty("rows").GetInt32());
        Assert.Equal(1, byRoute[..^1].Sum(r => r.Number("share")), 1e-9);
        JsonElement chosen = sweep.GetProperty("points")[sweep.GetProperty("chosen").GetInt32()];
        Assert.Equal(chosen.GetProperty("measures").GetRawText(), byRoute[^1].GetProperty("measures").GetRawText());
        foreach (JsonElement route in byRoute)
        {
            Dictionary<string, JsonElement> values = route.GetProperty("measures").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("value"));
            Assert.Subset(values.Keys.ToHashSet(), measures.ToHashSet());
            if (route.GetProperty("rows").GetInt32() == 0)
            {
                Assert.All(values.Values, v => Assert.Equal(JsonValueKind.Null, v.ValueKind));
            }
        }

        Assert.All(routes, r => Assert.Equal(Math.Min(10, r.GetProperty("rows").GetInt32()), r.GetProperty("images").GetArrayLength()));
        JsonElement[] images = [.. routes.SelectMany(r => r.GetProperty("images").EnumerateArray())];
        Assert.All(images, image => Assert.StartsWith("data:image/", image.GetProperty("uri").GetString()));
        Assert.InRange(new FileInfo(At("report.html")).Length, 500_000, 3_000_000);
        return images;
    }

    private static string[] Depth(params string[] sizes) =>
        [.. sizes.SelectMany(size => new[] { "--model", $"{Path.Combine(AppContext.BaseDirectory, "models", $"depth-{size}.onnx")}@{size}" })];

    private static string[] Models(Resolution[] models) => [.. models.SelectMany(m => new[] { "--model", $"{m.ModelFile}@{m.Height}" })];

    private static byte[] Map(int height, int width, Func<int, float>? value = null) => Npy.Array(
        "<f4", $"({height}, {width})", MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, height * width).Select(i => value?.Invoke(i) ?? 1)]));

    /// <summary>Shipped pictures with maps that are made up: the way from the file to the measure is tested, not the models.</summary>
    private string Maps(string name, int count)
    {
        string[] pictures = [.. Directory.GetFiles(name == "test" ? ImageSets.Test : ImageSets.Fit, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(count)];
        for (int i = 0; i < count; i++)
        {
            bool isBlank = name == "test" && i % 3 == 0;
            File.WriteAllBytes(At($"{name}-{i}.npy"), Map(36, 48, pixel => isBlank ? 0 : 2 + (pixel / 48 / 12f) + (i % 5)));
        }

        File.WriteAllLines(At($"{name}.csv"), ["Path,Target", .. pictures.Select((p, i) => $"{p},{name}-{i}.npy")]);
        return At($"{name}.csv");
    }

    /// <summary>Scenes as files, with their objects in the form of COCO, and images without any object.</summary>
    private (string Images, string File) Objects(string name, int count, int seed, int blank = 0)
    {
        string folder = Directory.CreateDirectory(At(name)).FullName;
        SceneImageRow[] rows = [.. Scenes.WideImages(count, seed)];
        for (int i = 0; i < count; i++)
        {
            rows[i].Image!.Save(Path.Combine(folder, $"{i:D3}.png"));
        }

        for (int i = count; i < count + blank; i++)
        {
            // They differ in the shade of a pixel: images of the same content are one to a router.
            using MLImage image = MLImage.CreateFromPixels(
                64, 32, MLPixelFormat.Rgba32, Enumerable.Range(0, 4 * 64 * 32).Select(b => (byte)(b % 4 == 3 ? 255 : b == 0 ? i : 0)).ToArray());
            image.Save(Path.Combine(folder, $"{i:D3}.png"));
        }

        File.WriteAllText(At($"{name}.json"), JsonSerializer.Serialize(new
        {
            categories = Scenes.ClassNames.Select((name, id) => new { id, name }),
            images = Enumerable.Range(0, count + blank).Select(id => new { id, file_name = $"{id:D3}.png" }),
            annotations = rows.SelectMany((row, image_id) => row.Label.Select((label, k) => new
            {
                image_id,
                category_id = Array.IndexOf(Scenes.ClassNames, label),
                bbox = new[]
                {
                    row.BoundingBoxes[4 * k], row.BoundingBoxes[(4 * k) + 1], row.BoundingBoxes[(4 * k) + 2] - row.BoundingBoxes[4 * k],
                    row.BoundingBoxes[(4 * k) + 3] - row.BoundingBoxes[(4 * k) + 1],
                },
            })),
        }));
        return (folder, At($"{name}.json"));
    }

    private string At(string name) => Path.Combine(_folder, name);
}
