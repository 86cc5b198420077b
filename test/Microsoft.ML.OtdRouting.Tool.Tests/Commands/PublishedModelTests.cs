using System.Text.Json;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

/// <summary>Models as they are published, described by options: they do what the plain ones do, and are refused where they are wrongly described.</summary>
[Collection("fitted model")]
public sealed class PublishedModelTests(FittedModel fitted)
{
    private static readonly string[] _pixels = ["--mean", "127.5", "--std", "127.5", "--nhwc"];
    private static readonly string[] _form = [.. _pixels, "--output", "probabilities", "--background", "0"];
    private static readonly string[] _classes = ["--classes", string.Join(',', ImageSets.Classes)];

    private string[] Models => PublishedForm.Models(fitted.Folder, 10, 14);

    [Fact]
    public void They_are_fitted_saved_and_scored_as_the_plain_ones()
    {
        JsonElement plain = Fit("plain.zip", ImageSets.Models(10, 14), []), published = Fit("published.zip", Models, _form);
        Assert.Equal(plain.GetProperty("metrics").Number("accuracy"), published.GetProperty("metrics").Number("accuracy"), 0.01);
        Assert.Equal(plain.Numbers("shares"), published.Numbers("shares"), (a, b) => Math.Abs(a - b) < 0.03);
        JsonElement evaluated = ToolRun.Json("evaluate", "--fitted", fitted.At("published.zip"), "--images", ImageSets.Test);
        Assert.Equal(ToolRun.Json("evaluate", "--fitted", fitted.At("plain.zip"), "--images", ImageSets.Test).Number("accuracy"), evaluated.Number("accuracy"), 0.03);
        ToolRun.Json("export", "--fitted", fitted.At("published.zip"), "--onnx", fitted.At("published.onnx"));
        Assert.Equal(2, ToolRun.Json(["profile", .. Models, .. _form]).GetProperty("resolutions").GetArrayLength());
    }

    [Fact]
    public void One_image_a_run_is_told_once()
    {
        (int code, _, string error) = ToolRun.Run(["fit", "--images", ImageSets.Fit, .. Models, .. _form, .. _classes, "--budget", "0.8", "--out", fitted.At("told.zip")]);
        Assert.Equal(0, code);
        Assert.Single(error.Split('\n'), line => line.Contains("published-10.onnx', '", StringComparison.Ordinal) && line.Contains("take one image a run", StringComparison.Ordinal));
    }

    [Fact]
    public void Wrong_descriptions_are_refused_with_the_option_that_is_missing()
    {
        void Fails(int code, string expected, params string[] form) => ToolRun.Fail(
            code, expected, ["fit", "--images", ImageSets.Fit, .. Models, .. form, .. _classes, "--budget", "0.8", "--out", fitted.At("wrong.zip")]);
        Fails(1, "otd: --background", [.. _pixels, "--output", "probabilities"]);
        Fails(1, "otd: --output probabilities", [.. _pixels, "--background", "0"]);
        Fails(1, "expected [batch or free, 3, 10, 10]", "--mean", "127.5", "--std", "127.5", "--output", "probabilities", "--background", "0");
        Fails(2, "0 must be among them", "--mean", "127.5", "--scale", "1/127.5", "--nhwc", "--output", "probabilities", "--background", "0");
        ToolRun.Fail(1, "otd: --output logits", ["fit", "--images", ImageSets.Fit, .. ImageSets.Models(10, 14), "--output", "probabilities", .. _classes, "--budget", "0.8", "--out", fitted.At("wrong.zip")]);
        ToolRun.Fail(1, "none is a background", ["fit", "--images", ImageSets.Fit, .. ImageSets.Models(10, 14), "--background", "0", .. _classes, "--budget", "0.8", "--out", fitted.At("wrong.zip")]);
        Assert.False(File.Exists(fitted.At("wrong.zip")));
    }

    [Fact]
    public void Doctor_tries_them_on_a_few_images()
    {
        JsonElement json = ToolRun.Json(["doctor", .. Models, .. _form, .. _classes, "--images", ImageSets.Test]);
        Assert.Equal(10, json.GetProperty("models")[0].GetProperty("classes").GetInt32());
        JsonElement trial = json.GetProperty("trials")[1];
        Assert.Equal(("14", 64), (trial.GetProperty("size").GetString(), trial.GetProperty("images").GetInt32()));
        Assert.InRange(trial.Number("accuracy"), 0.7, 1);
        Assert.InRange(trial.Number("leastOutput"), 0, 0.1);
        Assert.InRange(trial.Number("largestOutput"), 0.5, 1);
        Assert.Contains("--background names it", Problem([.. _pixels, "--output", "probabilities", .. _classes]));
        Assert.Contains("--output probabilities", Problem([.. _pixels, "--background", "0", .. _classes]));
        string[] grey = ["--std", "25500", "--nhwc", "--output", "probabilities", "--background", "0", .. _classes];
        Assert.Contains("no better than guessing among 10 classes", Problem(grey));
        Assert.Contains("--classes has 2 names, the models have 10 classes besides the background", Problem([.. _form, "--classes", "Bag,Coat"]));
    }

    private JsonElement Fit(string name, string[] models, string[] form) =>
        ToolRun.Json(["fit", "--images", ImageSets.Fit, .. models, .. form, .. _classes, "--budget", "0.8", "--out", fitted.At(name)]);

    private string Problem(string[] options)
    {
        (int code, string output, _) = ToolRun.Run(["doctor", .. Models, .. options, "--images", ImageSets.Test, "--json"]);
        Assert.Equal(1, code);
        return ToolRun.Parse(output).GetProperty("problems")[0].GetString()!;
    }
}
