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
        ToolRun.Fail(2, "--arrays", "score", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--out", At("scores.csv"));
        ToolRun.Fail(2, "--top", "score", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--out", At("scores.csv"), "--arrays", At("v.npy"), "--top", "3");
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", At("model.zip"), "--images", ImageSets.Test);
        Assert.Equal(120, evaluated.GetProperty("n").GetInt32());
        Assert.InRange(evaluated.Number("recall at 1"), 0.6, 1);
        ToolRun.Fail(2, "--annotations does not belong to a router of the task embedding", "evaluate", "--fitted", At("model.zip"), "--images", ImageSets.Test, "--annotations", "a.json");
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
        (string testImages, string testFile) = Objects("test", 30, 2);
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
        Assert.Equal(30, evaluated.GetProperty("n").GetInt32());
        Assert.Equal(alone[1], evaluated.GetProperty("baselines")[1].Number("image AP"), 1e-6);
        Assert.InRange(evaluated.Number("AP50"), 0.5, 1);
        ToolRun.Fail(2, "it needs --annotations", "evaluate", "--fitted", At("model.zip"), "--images", testImages);
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
            File.WriteAllBytes(At($"{name}-{i}.npy"), Map(36, 48, pixel => 2 + (pixel / 48 / 12f) + (i % 5)));
        }

        File.WriteAllLines(At($"{name}.csv"), ["Path,Target", .. pictures.Select((p, i) => $"{p},{name}-{i}.npy")]);
        return At($"{name}.csv");
    }

    /// <summary>Scenes as files, with their objects in the form of COCO.</summary>
    private (string Images, string File) Objects(string name, int count, int seed)
    {
        string folder = Directory.CreateDirectory(At(name)).FullName;
        SceneImageRow[] rows = [.. Scenes.WideImages(count, seed)];
        for (int i = 0; i < count; i++)
        {
            rows[i].Image!.Save(Path.Combine(folder, $"{i:D3}.png"));
        }

        File.WriteAllText(At($"{name}.json"), JsonSerializer.Serialize(new
        {
            categories = Scenes.ClassNames.Select((name, id) => new { id, name }),
            images = rows.Select((_, id) => new { id, file_name = $"{id:D3}.png" }),
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
