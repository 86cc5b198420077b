using System.Text.Json;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Tool;

namespace Microsoft.ML.OtdRouting.Training.Tests.Tool;

/// <summary><c>otd-train train</c>: what it prints, writes and refuses.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _table;

    public TrainCommandTests()
    {
        _table = _folder.File("images.csv");
        File.WriteAllLines(_table, FashionPictures.Fitting(300).Select(p => $"{p.Path},{p.Label}").Prepend("Path,Label"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Models_are_written_and_told_about_as_one_object()
    {
        var (code, output, error) = Run([.. Arguments("--plan", "0.1", "--json")]);
        Assert.True(code == 0, error);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(300, json.GetProperty("trainingImages").GetInt32() + json.GetProperty("heldBackImages").GetInt32());
        Assert.Equal(FashionPictures.ClassNames.Order(StringComparer.Ordinal), json.GetProperty("classes").EnumerateArray().Select(c => c.GetString()));
        Assert.All(json.GetProperty("files").EnumerateArray(), file => Assert.True(File.Exists(file.GetString())));
        Assert.Equal(2, json.GetProperty("epochs").GetArrayLength());
        Assert.All(json.GetProperty("epochs").EnumerateArray(), epoch =>
        {
            Assert.Equal(2, epoch.GetProperty("accuracy").GetArrayLength());
            Assert.Equal(1, epoch.GetProperty("planShares").EnumerateArray().Sum(s => s.GetDouble()), 1e-3);
        });
    }

    [Fact]
    public void People_are_told_of_every_epoch_and_how_to_go_on()
    {
        var (code, output, error) = Run([.. Arguments()]);
        Assert.True(code == 0, error);
        Assert.Contains("Epoch 1 of 2: loss ", error);
        Assert.Contains("kept back", error);
        Assert.Contains("otd sweep", output);
        Assert.Contains($"--model {Path.Combine(_folder.File("models"), "small-14.onnx")}@14", output.ReplaceLineEndings(""));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_line()
    {
        Fail(2, "--sizes is '10;14'", "train", "--images", _table, "--out", _folder.File("models"), "--sizes", "10;14");
        Fail(2, "resnet9", [.. Arguments("--backbone", "resnet9")]);
        Fail(1, "PlanStrength is 0.5; it must be from 0 to 0.25", [.. Arguments("--plan", "0.5")]);
        Fail(1, "Epochs is 0; it must be at least 1", [.. Arguments("--epochs", "0")]);
        Assert.False(Directory.Exists(_folder.File("models")));
    }

    [Fact]
    public void Help_shows_an_example() => Assert.Contains("otd train --images ", Run("train", "--help").Output);

    private List<string> Arguments(params string[] more)
    {
        List<string> arguments = ["train", "--images", _table, "--sizes", "14,8", "--out", _folder.File("models"), "--name", "small", "--width", "8", "--batch", "32", "--threads", "1"];
        return [.. arguments, .. more.Contains("--epochs") ? (string[])[] : ["--epochs", "2"], .. more];
    }

    private static void Fail(int expected, string text, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(text, error);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var code = OtdTrainTool.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
