using System.Text.Json;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

[Collection("fitted model")]
public sealed class SearchCommandTests(FittedModel fitted)
{
    private static readonly string[] _search = ["search", "--images", ImageSets.Fit, .. ImageSets.Models(10, 14, 20), "--trials", "8"];

    [Fact]
    public void Every_trial_is_listed_and_the_router_that_is_taken_is_saved()
    {
        JsonElement json = ToolRun.Json([.. _search, "--budget", "0.6", "--out", fitted.At("searched.zip")]);
        JsonElement[] trials = [.. json.GetProperty("trials").EnumerateArray()];
        Assert.Equal(8, trials.Length);
        JsonElement best = trials[json.GetProperty("best").GetInt32()];
        Assert.True(best.Number("gain") >= 0);
        // The first trial is what otd fit makes of the same options.
        Assert.Equal(fitted.Json.GetProperty("metrics").Number("accuracy"), trials[0].Number("quality"), 1e-9);
        Assert.Equal(json.GetProperty("metrics").Number("accuracy"), best.Number("quality"), 1e-9);
        Assert.Equal(120, ToolRun.Json("evaluate", "--fitted", fitted.At("searched.zip"), "--images", ImageSets.Test).GetProperty("n").GetInt32());
    }

    [Fact]
    public void The_table_says_which_trial_is_taken_and_why()
    {
        (int code, string output, string error) = ToolRun.Run([.. _search, "--within", "12", "--confidence", "0.8"]);
        Assert.True(code == 0, error);
        Assert.Matches(@"│ \d taken", output);
        Assert.Matches("better than the given options beyond what looking at", output.ReplaceLineEndings(" "));
        Assert.Contains("Promised: at most 12 points", output);
    }

    [Fact]
    public void Wrong_usage_exits_with_2()
    {
        ToolRun.Fail(2, "search needs a --budget, or --within or --at-least", _search);
        ToolRun.Fail(2, "--trials is 0", [.. _search[..^1], "0", "--budget", "0.5"]);
    }
}
