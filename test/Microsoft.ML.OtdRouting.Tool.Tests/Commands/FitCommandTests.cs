using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

[Collection("fitted model")]
public sealed class FitCommandTests(FittedModel fitted)
{
    private static readonly string[] _models = ImageSets.Models(10, 14);

    [Fact]
    public void Prints_the_documented_object()
    {
        JsonElement json = fitted.Json, metrics = json.GetProperty("metrics");
        Assert.Equal(400, metrics.GetProperty("n").GetInt32());
        Assert.InRange(metrics.Number("accuracy"), 0.8, 1);
        Assert.InRange(metrics.Number("budgetError"), -0.02, 0.02);
        Assert.Equal(json.GetProperty("routes").GetArrayLength(), json.Numbers("duals").Length);
        Assert.Equal(1, json.Numbers("shares").Sum(), 1e-9);
        Assert.Equal(["models", "images", "policy", "save", "total"], json.GetProperty("seconds").EnumerateObject().Select(p => p.Name));
        Assert.All(json.GetProperty("seconds").EnumerateObject(), p => Assert.True(p.Value.GetDouble() >= 0, p.Name));
        Assert.Equal(new FileInfo(fitted.File).Length, json.GetProperty("bytes").GetInt64());
    }

    /// <summary>The folders are in alphabetical order, the models' classes are not.</summary>
    [Fact]
    public void Labels_are_matched_to_the_models_classes_or_named()
    {
        (int code, string output, string error) = ToolRun.Run(
            ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("named.zip"), "--json", "--classes", string.Join(',', ImageSets.Classes)]);
        Assert.Equal(0, code);
        Assert.DoesNotContain("another order", error);
        (code, string matched, error) = ToolRun.Run(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("matched.zip"), "--json"]);
        Assert.Equal(0, code);
        Assert.Contains($"in order, {string.Join(", ", ImageSets.Classes)}. They are matched so.", error);
        Assert.Equal(
            ToolRun.Parse(output).GetProperty("metrics").Number("accuracy"),
            ToolRun.Parse(matched).GetProperty("metrics").Number("accuracy"));
    }

    [Fact]
    public void Orders_that_the_models_contradict_are_errors_that_name_the_option_of_the_command_line()
    {
        string[] fit = ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("never.zip"), "--classes"];
        string[] wrong = [.. ImageSets.Classes];
        (wrong[0], wrong[1]) = (wrong[1], wrong[0]);
        ToolRun.Fail(1, "are in another order than the classes of the models", [.. fit, string.Join(',', wrong)]);
        ToolRun.Fail(1, "ClassNames is --classes", [.. fit, string.Join(',', wrong)]);
        ToolRun.Fail(1, "ClassNames is --classes", [.. fit, string.Join(',', [.. ImageSets.Classes, "Hat"])]);
        Assert.False(File.Exists(fitted.At("never.zip")));
    }

    [Fact]
    public void Images_may_lack_classes_that_are_named()
    {
        string list = fitted.At("lacking.csv");
        File.WriteAllLines(list, ["Path,Label", .. Directory.EnumerateFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories)
            .Select(p => $"{p},{Path.GetFileName(Path.GetDirectoryName(p))}").Where(l => !l.EndsWith(",Bag", StringComparison.Ordinal))]);
        string[] fit = ["fit", "--images", list, .. _models, "--budget", "0.8", "--out", fitted.At("lacking.zip")];
        ToolRun.Fail(1, "The models have 10 classes, but label column 'Label' has 9 keys", fit);
        ToolRun.Fail(1, "ClassNames is --classes", fit);
        JsonElement json = ToolRun.Json([.. fit, "--classes", string.Join(',', ImageSets.Classes)]);
        Assert.Equal(10, json.GetProperty("classes").GetArrayLength());
    }

    [Fact]
    public void The_time_of_the_policy_is_not_shown_as_that_of_scoring()
    {
        (int code, _, string error) = ToolRun.Run(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("timed.zip")]);
        Assert.Equal(0, code);
        Assert.Contains("Scoring at every resolution: 400 images in", error);
        Assert.Matches(@"Fitting the policy: \d+\.\d s", error);
    }

    [Fact]
    public void What_is_saved_is_a_model_that_takes_paths_in_any_program_of_MLNET()
    {
        MLContext context = new(seed: 1);
        ITransformer model = context.Model.Load(fitted.File, out DataViewSchema schema);
        Assert.Equal(["ImagePath"], schema.Select(c => c.Name));
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable([new Photo { ImagePath = Directory.EnumerateFiles(Path.Combine(ImageSets.Test, "Trouser")).First() }]));
        float[] score = scored.GetColumn<float[]>("Score").Single();
        Assert.Equal("Trouser", fitted.Json.GetProperty("classes")[Array.IndexOf(score, score.Max())].GetString());
    }

    [Fact]
    public void Shares_of_a_file_and_a_teacher_reach_the_router()
    {
        File.WriteAllBytes(fitted.At("b.npy"), Npy.Vector(0.25, 0.75));
        JsonElement json = ToolRun.Json(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.9", "--prior", fitted.At("b.npy"), "--out", fitted.At("prior.zip")]);
        Assert.Equal([0.25, 0.75], json.Numbers("shares"), (a, b) => Math.Abs(a - b) < 0.01);
        JsonElement taught = ToolRun.Json(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--teacher", "weighted", "--classes", string.Join(',', ImageSets.Classes), "--out", fitted.At("taught.zip")]);
        JsonElement loss = ToolRun.Json(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("loss.zip")]);
        Assert.NotEqual(taught.Numbers("duals"), loss.Numbers("duals"));
    }

    [Fact]
    public void A_teacher_takes_the_place_of_labels_that_are_not_there()
    {
        string list = fitted.At("paths.csv");
        File.WriteAllLines(list, ["Path", .. Directory.EnumerateFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories)]);
        string[] taught = ["fit", "--images", list, .. _models, "--budget", "0.8", "--out", fitted.At("unlabelled.zip"), "--teacher", "weighted", "--classes", string.Join(',', ImageSets.Classes)];
        JsonElement metrics = ToolRun.Json(taught).GetProperty("metrics");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (metrics.GetProperty("accuracy").ValueKind, metrics.GetProperty("logLoss").ValueKind));
        Assert.InRange(ToolRun.Json("evaluate", "--fitted", fitted.At("unlabelled.zip"), "--images", ImageSets.Test).Number("accuracy"), 0.75, 1);
        Assert.Contains("On held-out rows: mean cost", ToolRun.Run(taught).Output);
        ToolRun.Fail(1, "has no column Label", ["fit", "--images", list, .. _models, "--budget", "0.8", "--out", fitted.At("never.zip")]);
    }

    [Fact]
    public void A_promise_takes_the_place_of_a_budget()
    {
        string[] fit = ["fit", "--images", ImageSets.Fit, .. _models, "--out", fitted.At("promised.zip")];
        JsonElement promise = ToolRun.Json([.. fit, "--within", "12", "--confidence", "0.8", "--kept-back", "0.6", "--classes", string.Join(',', ImageSets.Classes)]).GetProperty("metrics").GetProperty("promise");
        Assert.Equal((12, 0.8), (promise.Number("within"), promise.Number("confidence")));
        Assert.InRange(promise.GetProperty("n").GetInt32(), 200, 280);
        JsonElement[] tests = [.. promise.GetProperty("tests").EnumerateArray()];
        Assert.Equal(promise.Number("budget"), tests.Last(t => t.Number("p") <= 0.2).Number("budget"));
        Assert.All(tests, t => Assert.InRange(t.Number("quality"), 0.7, 1));
        (_, string output, _) = ToolRun.Run("evaluate", "--fitted", fitted.At("promised.zip"), "--images", ImageSets.Test);
        Assert.Contains("Promised: at most 12 points below the largest resolution, with 80.0 % confidence: tested on ", output.ReplaceLineEndings(" "));
        ToolRun.Fail(1, "do not support the promise", [.. fit, "--at-least", "0.999"]);
        ToolRun.Fail(1, "QualityTarget is --within or --at-least", [.. fit, "--at-least", "0.999"]);
        ToolRun.Fail(2, "needs a --budget, or --within or --at-least", fit);
        ToolRun.Fail(2, "needs a --budget, or --within or --at-least", [.. fit, "--budget", "0.8", "--within", "1"]);
        ToolRun.Fail(2, "two promises", [.. fit, "--at-least", "0.8", "--within", "1"]);
        ToolRun.Fail(2, "--confidence belongs to", [.. fit, "--budget", "0.8", "--confidence", "0.9"]);
        ToolRun.Fail(2, "may lose 0 points", [.. fit, "--within", "0"]);
    }

    [Fact]
    public void Text_output_shows_the_routes()
    {
        (int code, string output, _) = ToolRun.Run(["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.8", "--out", fitted.At("text.zip")]);
        Assert.Equal(0, code);
        Assert.Contains("On held-out rows: accuracy", output);
        Assert.Contains("10+14", output);
        Assert.DoesNotContain("\u001b", output);
    }

    [Fact]
    public void Wrong_usage_exits_with_2_before_any_work()
    {
        string[] rest = ["--budget", "0.5", "--out", fitted.At("never.zip")];
        ToolRun.Fail(2, "given once; routing needs at least 2", ["fit", "--images", ImageSets.Fit, .. ImageSets.Models(10), .. rest]);
        ToolRun.Fail(2, "--budget is 'half'", ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "half", "--out", fitted.At("never.zip")]);
        ToolRun.Fail(2, "--teacher needs --classes", ["fit", "--images", ImageSets.Fit, .. _models, .. rest, "--teacher", "weighted"]);
        ToolRun.Fail(2, "--max-pixels is '0'", ["fit", "--images", ImageSets.Fit, .. _models, .. rest, "--max-pixels", "0"]);
        ToolRun.Fail(2, "'nobody' not recognized", ["fit", "--images", ImageSets.Fit, .. _models, .. rest, "--teacher", "nobody"]);
        ToolRun.Fail(2, "--floor belongs to", ["fit", "--images", ImageSets.Fit, .. _models, .. rest, "--floor", "0.1", "--prior", "budget"]);
        ToolRun.Fail(2, "--out", ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.5"]);
        Assert.False(File.Exists(fitted.At("never.zip")));
    }

    [Fact]
    public void Errors_of_data_and_models_exit_with_1_and_leave_nothing_behind()
    {
        string[] rest = ["--budget", "0.5", "--out", fitted.At("never.zip")];
        ToolRun.Fail(1, "nowhere does not exist", ["fit", "--images", "nowhere", .. _models, .. rest]);
        ToolRun.Fail(1, "missing.onnx' not found", ["fit", "--images", ImageSets.Fit, .. _models, "--model", "missing.onnx@20", .. rest]);
        ToolRun.Fail(1, "expected [batch or free, 3, 20, 20]", ["fit", "--images", ImageSets.Fit, .. _models, "--model", $"{ImageSets.Model(28)}@20", .. rest]);
        ToolRun.Fail(1, "feasible is from", ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.01", "--out", fitted.At("never.zip")]);
        ToolRun.Fail(1, "--out", ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.5", "--out", fitted.At("nowhere/never.zip")]);
        ToolRun.Fail(1, "28 x 28 pixels; allowed are at most 783", ["fit", "--images", ImageSets.Fit, .. _models, "--budget", "0.9", "--out", fitted.At("never.zip"), "--max-pixels", "783"]);
        ToolRun.Fail(1, "is no class of --classes", ["fit", "--images", ImageSets.Fit, .. _models, .. rest, "--classes", "a,b"]);
        File.WriteAllText(fitted.At("bad.csv"), $"Path,Label\n{Directory.EnumerateFiles(Path.Combine(ImageSets.Fit, "Bag")).First()},Bag\nx.png\n");
        ToolRun.Fail(1, "bad.csv, row 2 has 1 fields", ["fit", "--images", fitted.At("bad.csv"), .. _models, .. rest]);
        Assert.Empty(Directory.GetFiles(fitted.Folder, "never*"));
    }

    [Fact]
    public void An_image_that_cannot_be_read_is_named_and_an_old_file_stays()
    {
        string list = fitted.At("broken.csv");
        string[] lines = [.. Directory.EnumerateFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories).Select(p => $"{p},{Path.GetFileName(Path.GetDirectoryName(p))}")];
        File.WriteAllText(fitted.At("broken.png"), "no picture");
        File.WriteAllLines(list, ["Path,Label", .. lines, "broken.png,Bag"]);
        File.WriteAllText(fitted.At("old.zip"), "old");
        ToolRun.Fail(1, "broken.png", ["fit", "--images", list, .. _models, "--budget", "0.8", "--out", fitted.At("old.zip")]);
        Assert.Equal("old", File.ReadAllText(fitted.At("old.zip")));
        Assert.Single(Directory.GetFiles(fitted.Folder, "old.zip*"));
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }
}
