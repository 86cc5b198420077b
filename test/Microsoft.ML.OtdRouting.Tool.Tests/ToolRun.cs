using System.Text.Json;
using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class ToolRun
{
    /// <summary>Runs one command line.</summary>
    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = OtdTool.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command with <c>--json</c> and gives back its object, which is alone on standard output.</summary>
    public static JsonElement Json(params string[] arguments)
    {
        (int code, string output, string error) = Run([.. arguments, "--json"]);
        Assert.True(code == 0, error);
        return Parse(output);
    }

    /// <summary>Runs a command that fails, and checks its code, and that the last line it says holds a text.</summary>
    public static void Fail(int expected, string text, params string[] arguments)
    {
        (int code, string output, string error) = Run(arguments);
        Assert.Equal((expected, ""), (code, output));
        string[] lines = error.TrimEnd().Split('\n');
        Assert.Contains(text, expected == 1 ? lines[^1] : error);
    }

    /// <summary>The one JSON object on one line.</summary>
    public static JsonElement Parse(string output)
    {
        Assert.Single(output.TrimEnd().Split('\n'));
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(JsonValueKind.Object, json.ValueKind);
        return json;
    }

    /// <summary>What a page of <c>otd sweep</c> holds.</summary>
    public static JsonElement Page(string file) => JsonDocument.Parse(
        Regex.Match(File.ReadAllText(file), "<script type=\"application/json\" id=\"report\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value).RootElement;

    /// <summary>A member that is a finite number.</summary>
    public static double Number(this JsonElement json, string name)
    {
        double value = json.GetProperty(name).GetDouble();
        Assert.True(double.IsFinite(value), name);
        return value;
    }

    /// <summary>A member that is an array of numbers.</summary>
    public static double[] Numbers(this JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
}
