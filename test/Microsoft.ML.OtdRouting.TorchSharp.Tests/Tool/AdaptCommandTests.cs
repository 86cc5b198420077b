using System.Text.Json;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Tool;

namespace Microsoft.ML.OtdRouting.Training.Tests.Tool;

/// <summary><c>otd-train adapt</c>: what it prints, writes and refuses.</summary>
public sealed class AdaptCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _table;

    public AdaptCommandTests()
    {
        _table = _folder.File("images.csv");
        File.WriteAllLines(_table, FashionPictures.Fitting(400).Select(p => p.Path).Prepend("Path"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Models_are_written_and_told_about_as_one_object()
    {
        var (code, output, error) = Run("adapt", "--model", FashionPictures.ModelFile(28), "--sizes", "14,20", "--images", _table, "--out", _folder.File("models"), "--epochs", "2", "--threads", "1", "--json");
        Assert.True(code == 0, error);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(400, json.GetProperty("trainingImages").GetInt32() + json.GetProperty("heldBackImages").GetInt32());
        Assert.Equal(["14", "20"], json.GetProperty("sizes").EnumerateArray().Select(s => s.GetProperty("size").GetString()));
        Assert.All(json.GetProperty("sizes").EnumerateArray(), size =>
        {
            Assert.True(File.Exists(size.GetProperty("out").GetString()));
            Assert.True(size.GetProperty("adapted").GetBoolean());
            Assert.True(size.GetProperty("after").GetProperty("divergence").GetDouble() < size.GetProperty("before").GetProperty("divergence").GetDouble());
        });
    }

    [Fact]
    public void People_are_told_in_a_table_and_how_to_go_on()
    {
        var (code, output, error) = Run("adapt", "--model", $"{FashionPictures.ModelFile(28)}@28", "--sizes", "14", "--images", _table, "--out", _folder.File("models"), "--epochs", "1", "--threads", "1");
        Assert.True(code == 0, error);
        Assert.Contains("agreement with 28, before", output);
        Assert.Contains("otd sweep", output);
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_line()
    {
        string[] rest = ["--images", _table, "--out", _folder.File("models"), "--threads", "1"];
        Fail(2, "--sizes is '96;128'", ["adapt", "--model", FashionPictures.ModelFile(28), "--sizes", "96;128", .. rest]);
        Fail(2, "--epochs is 0; it must be at least 1.", ["adapt", "--model", FashionPictures.ModelFile(28), "--sizes", "14", "--epochs", "0", .. rest]);
        Fail(1, "Sizes is [28]; expected distinct heights from 1 to 27", ["adapt", "--model", FashionPictures.ModelFile(28), "--sizes", "28", .. rest]);
        Fail(1, "nothing.onnx' not found", ["adapt", "--model", _folder.File("nothing.onnx"), "--sizes", "14", .. rest]);
        var free = Graphs.Families.Draft("resnet").Save(_folder.Path, "free.onnx");
        Fail(1, "takes images of any size; name the one that it was trained for, as in --model " + free + "@224", ["adapt", "--model", free, "--sizes", "14", .. rest]);
    }

    [Fact]
    public void Help_shows_an_example() => Assert.Contains("otd adapt --model ", Run("adapt", "--help").Output);

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
