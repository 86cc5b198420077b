using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

/// <summary>The commands that take a fitted router.</summary>
[Collection("fitted model")]
public sealed class FittedCommandTests(FittedModel fitted)
{
    [Fact]
    public void Evaluate_prints_the_documented_object()
    {
        JsonElement json = ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test);
        Assert.Equal(120, json.GetProperty("n").GetInt32());
        Assert.InRange(json.Number("accuracy"), 0.75, 1);
        Assert.InRange(json.Number("oracle"), json.Number("accuracy"), 1);
        Assert.InRange(json.Number("mongeGap"), -1e-9, 1);
        Assert.Equal(json.Number("meanCost") / json.Number("budget") - 1, json.Number("budgetError"), 1e-12);
        Assert.True(double.IsFinite(json.Number("collapse") + json.Number("regret")));
        Assert.Equal(1, json.Numbers("shares").Sum(), 1e-9);
        Assert.Equal(fitted.Json.Numbers("shares"), json.Numbers("prior"));
        Assert.Equal(json.Number("meanCost"), json.Numbers("shares").Zip(json.Numbers("routeCosts"), (s, c) => s * c).Sum(), 1);
        string[] names = [.. json.GetProperty("baselines").EnumerateArray().Select(b => b.GetProperty("name").GetString()!)];
        Assert.Equal(["resolution 10", "resolution 14", "resolution 20", "resolution 20, calibrated", "best static mix"], names[..5]);
        Assert.Contains("calibrated cascade", names);
        Assert.Contains(names, n => n.StartsWith("confidence cascade", StringComparison.Ordinal));
        Assert.Contains(names, n => n.StartsWith("cost penalty", StringComparison.Ordinal));
        Assert.All(json.GetProperty("baselines").EnumerateArray(), b =>
        {
            Assert.True(b.Number("accuracy") <= 1 && b.Number("meanCost") > 0);
            Assert.Equal(json.Number("accuracy") - b.Number("accuracy"), b.Number("difference"), 1e-6);
            Assert.InRange(b.Number("difference"), b.Number("differenceLow") - 1e-9, b.Number("differenceHigh") + 1e-9);
        });
    }

    [Fact]
    public void Evaluate_takes_another_budget_and_prints_tables()
    {
        double own = ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test).Number("budget");
        Assert.Equal(
            own * 0.8 / 0.6, ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test, "--budget", "0.8").Number("budget"), own * 1e-9);
        (int code, string output, string error) = ToolRun.Run("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test);
        Assert.Equal(0, code);
        Assert.Contains("confidence cascade", output);
        Assert.Contains("Scoring at every resolution: 120 images in", error);
        Assert.Matches(@"budget [^;]*%; [+-]\d+\.\d standard errors off the plan\)", output);
        Assert.Matches(@"best static mix +│[^│]+│[^│]+│[^│]+│ +[+-]?\d+\.\d\d \(", output);
    }

    [Fact]
    public void A_label_that_is_no_class_is_named_with_its_image()
    {
        Directory.CreateDirectory(fitted.At("strange/Hat"));
        File.Copy(Directory.EnumerateFiles(Path.Combine(ImageSets.Test, "Bag")).First(), fitted.At("strange/Hat/1.png"), overwrite: true);
        ToolRun.Fail(1, "label 'Hat' is no class of", "evaluate", "--fitted", fitted.File, "--images", fitted.At("strange"));
        ToolRun.Fail(1, "1.png", "evaluate", "--fitted", fitted.File, "--images", fitted.At("strange"));
    }

    [Fact]
    public void Labels_are_matched_by_name_whatever_classes_a_folder_has()
    {
        string folder = fitted.At("few");
        foreach (string label in (string[])["Trouser", "Bag"])
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            foreach (string file in Directory.EnumerateFiles(Path.Combine(ImageSets.Test, label)))
            {
                File.Copy(file, Path.Combine(folder, label, Path.GetFileName(file)), overwrite: true);
            }
        }

        Assert.InRange(ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", folder).Number("accuracy"), 0.8, 1);
    }

    [Fact]
    public void An_image_that_fails_ends_the_run_or_leaves_its_values_empty()
    {
        string folder = fitted.At("partly");
        Directory.CreateDirectory(folder);
        foreach ((string file, int i) in Directory.EnumerateFiles(Path.Combine(ImageSets.Test, "Bag")).Order().Select((f, i) => (f, i)))
        {
            byte[] bytes = File.ReadAllBytes(file);
            File.WriteAllBytes(Path.Combine(folder, $"{i:00}.png"), i is 3 or 8 ? bytes[..(bytes.Length / 2)] : bytes);
        }

        string table = fitted.At("partly.csv");
        ToolRun.Fail(1, "03.png", "score", "--fitted", fitted.File, "--images", folder, "--out", table);
        Assert.False(File.Exists(table));
        JsonElement json = ToolRun.Json("score", "--fitted", fitted.File, "--images", folder, "--on-failure", "skip", "--top", "1", "--out", table);
        Assert.Equal((12, 2, 0), (json.GetProperty("rows").GetInt32(), json.GetProperty("failedRows").GetInt32(), json.GetProperty("rowsFallenBack").GetInt32()));
        string[] lines = File.ReadAllLines(table);
        Assert.Equal(13, lines.Length);
        for (int row = 0; row < 12; row++)
        {
            Assert.Contains($"{row:00}.png", lines[row + 1]);
            Assert.Equal(row is 3 or 8, lines[row + 1].EndsWith(".png,,,,,", StringComparison.Ordinal));
        }

        Assert.Equal(json.Number("meanCost"), lines.Skip(1).Select(l => l.Split(',')[3]).Where(c => c.Length > 0).Average(double.Parse), 1);
        (int code, _, string error) = ToolRun.Run("score", "--fitted", fitted.File, "--images", folder, "--on-failure", "fallback", "--out", table);
        Assert.Equal(0, code);
        Assert.Contains("2 of 12 images failed", error);
        Assert.Contains("08.png", error);
        ToolRun.Fail(2, "ignore", "score", "--fitted", fitted.File, "--images", folder, "--on-failure", "ignore", "--out", table);
    }

    [Fact]
    public void Score_writes_the_most_probable_classes_of_every_image()
    {
        JsonElement json = ToolRun.Json("score", "--fitted", fitted.File, "--images", ImageSets.Test, "--top", "2", "--out", fitted.At("scores.csv"));
        Assert.Equal(120, json.GetProperty("rows").GetInt32());
        Assert.True(json.Number("seconds") > 0 && json.Number("imagesPerSecond") > 0);
        string[] lines = File.ReadAllLines(fitted.At("scores.csv"));
        Assert.Equal("Path,PredictedLabel,Route,Cost,Label1,Score1,Label2,Score2", lines[0]);
        string[][] rows = [.. lines.Skip(1).Select(l => l.Split(','))];
        Assert.Equal(120, rows.Length);
        Assert.All(rows, row =>
        {
            Assert.Equal(row[1], row[4]);
            Assert.InRange(double.Parse(row[7]), 0, double.Parse(row[5]));
        });
        double right = rows.Average(row => Path.GetFileName(Path.GetDirectoryName(row[0])) == row[1] ? 1.0 : 0);
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test);
        Assert.Equal(evaluated.Number("accuracy"), right, 1e-9);
        Assert.Equal(evaluated.Number("meanCost"), rows.Average(row => double.Parse(row[3])), 1);
    }

    [Fact]
    public void Score_takes_another_budget()
    {
        string[] score = ["score", "--fitted", fitted.File, "--images", ImageSets.Test, "--out", fitted.At("budget.csv")];
        JsonElement own = ToolRun.Json(score), other = ToolRun.Json([.. score, "--budget", "0.8"]);
        Assert.Equal(own.Number("budget") * 0.8 / 0.6, other.Number("budget"), own.Number("budget") * 1e-9);
        Assert.True(other.Number("meanCost") > own.Number("meanCost"));
        Assert.Equal(
            ToolRun.Json("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test, "--budget", "0.8").Number("meanCost"), other.Number("meanCost"), 1);
        ToolRun.Fail(1, "feasible is from", [.. score, "--budget", "0.001"]);
    }

    [Fact]
    public void A_cost_that_chance_does_not_explain_is_warned_of()
    {
        string list = fitted.At("hard.csv");
        File.WriteAllLines(list, ["Path,Label", .. Directory.EnumerateFiles(Path.Combine(ImageSets.Fit, "Shirt"), "*.png").Select(p => $"{p},Shirt")]);
        (int code, _, string error) = ToolRun.Run("evaluate", "--fitted", fitted.File, "--images", list);
        Assert.Equal(0, code);
        Assert.Contains("standard errors off the planned", error);
        Assert.DoesNotContain("standard errors off", ToolRun.Run("evaluate", "--fitted", fitted.File, "--images", ImageSets.Test).Error);
    }

    [Fact]
    public void Score_needs_no_labels_keeps_the_names_of_a_table_and_quotes_them()
    {
        File.Copy(Directory.EnumerateFiles(Path.Combine(ImageSets.Test, "Sneaker")).First(), fitted.At("a, \"b\".png"), overwrite: true);
        File.WriteAllText(fitted.At("new.tsv"), "Path\n\"a, \"\"b\"\".png\"\n");
        ToolRun.Json("score", "--fitted", fitted.File, "--images", fitted.At("new.tsv"), "--top", "99", "--out", fitted.At("out.csv"));
        string[] lines = File.ReadAllLines(fitted.At("out.csv"));
        Assert.EndsWith("Label10,Score10", lines[0]);
        Assert.StartsWith("\"a, \"\"b\"\".png\",", lines[1]);
        ToolRun.Json("score", "--fitted", fitted.File, "--images", fitted.At("new.tsv"), "--out", fitted.At("out.tsv"));
        Assert.Equal(14, File.ReadAllLines(fitted.At("out.tsv"))[1].Split('\t').Length);
    }

    [Fact]
    public void Score_leaves_nothing_half_written()
    {
        File.WriteAllText(fitted.At("torn.png"), "no picture");
        File.WriteAllText(fitted.At("torn.csv"), "Path\ntorn.png\n");
        ToolRun.Fail(1, "torn.png", "score", "--fitted", fitted.File, "--images", fitted.At("torn.csv"), "--out", fitted.At("torn-scores.csv"));
        ToolRun.Fail(1, "--out", "score", "--fitted", fitted.File, "--images", ImageSets.Test, "--out", fitted.At("nowhere/scores.csv"));
        ToolRun.Fail(2, "--top is 0", "score", "--fitted", fitted.File, "--images", ImageSets.Test, "--top", "0", "--out", fitted.At("torn-scores.csv"));
        Assert.Empty(Directory.GetFiles(fitted.Folder, "torn-scores*"));
    }

    [Fact]
    public void Export_writes_a_graph_that_the_runtime_opens()
    {
        JsonElement json = ToolRun.Json("export", "--fitted", fitted.File, "--onnx", fitted.At("routed.onnx"));
        Assert.Equal(new FileInfo(fitted.At("routed.onnx")).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal([1, 3, 20, 20], json.GetProperty("inputs")[0].Numbers("shape"));
        Assert.Equal(["Score", "RouteScores", "Cost", "Route"], json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
        using InferenceSession session = new(fitted.At("routed.onnx"));
        Assert.Equal(["image"], session.InputMetadata.Keys);
        JsonElement bytes = ToolRun.Json("export", "--fitted", fitted.File, "--onnx", fitted.At("bytes.onnx"), "--image-format", "bytes", "--budget", "0.8");
        Assert.Equal("uint8", bytes.GetProperty("inputs")[0].GetProperty("type").GetString());
        ToolRun.Fail(1, "feasible is from", "export", "--fitted", fitted.File, "--onnx", fitted.At("never.onnx"), "--budget", "0.001");
        ToolRun.Fail(1, "--onnx", "export", "--fitted", fitted.File, "--onnx", fitted.At("nowhere/routed.onnx"));
        Assert.False(File.Exists(fitted.At("never.onnx")));
    }

    [Fact]
    public void Bench_prints_the_documented_object()
    {
        JsonElement json = ToolRun.Json("bench", "--fitted", fitted.File, "--images", ImageSets.Test);
        JsonElement rates = json.GetProperty("imagesPerSecond");
        Assert.True(rates.Number("routed") > 0 && rates.Number("largestOneByOne") > 0);
        Assert.Equal(["10", "14", "20"], rates.GetProperty("resolutions").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        foreach (string name in (string[])["policyShare", "poolingShare", "resizingShare", "meanCost", "ofTimeLimit", "ofProcessorLimit", "ofFlopsLimit"])
        {
            Assert.True(json.Number(name) > 0, name);
        }

        JsonElement files = json.GetProperty("fromFiles");
        Assert.Equal(0, files.GetProperty("rows").GetInt32() % 120);
        Assert.All(["routed", "largestByHand", "largestPlain"], (string name) => Assert.True(files.GetProperty("imagesPerSecond").Number(name) > 0, name));
        Assert.True(files.Number("decodedImagesPerSecond") > 0 && files.Number("ofOverlapLimit") > 0);
        Assert.InRange(files.Number("decodingShare"), 0, 1);
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("score", "--out", "x.csv")]
    [InlineData("bench")]
    public void A_router_that_is_not_there_or_no_router_is_an_error(string command, params string[] more)
    {
        string[] rest = ["--images", ImageSets.Test, .. more.Select(m => m == "x.csv" ? fitted.At(m) : m)];
        ToolRun.Fail(1, "nowhere.zip does not exist; expected a router that otd fit has saved", [command, "--fitted", "nowhere.zip", .. rest]);
        File.WriteAllText(fitted.At("text.txt"), "no model");
        ToolRun.Fail(1, "is not a readable model", [command, "--fitted", fitted.At("text.txt"), .. rest]);
        ToolRun.Fail(1, "no-images does not exist", [command, "--fitted", fitted.File, "--images", "no-images", .. rest[2..]]);
        Assert.False(File.Exists(fitted.At("x.csv")));
    }

    [Fact]
    public void A_model_that_takes_no_paths_is_refused()
    {
        MLContext context = new(1);
        using var chain = context.OtdRouting().Load(fitted.File, out _);
        context.OtdRouting().Save(chain.OfType<OtdRoutingTransformer>().Single(), null, fitted.At("bare.zip"));
        ToolRun.Fail(1, "column ImagePath", "evaluate", "--fitted", fitted.At("bare.zip"), "--images", ImageSets.Test);
    }
}
