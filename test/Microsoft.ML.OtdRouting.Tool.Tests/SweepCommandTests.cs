using System.Text.Json;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

public sealed class SweepCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-sweep-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sweep_prints_its_points_and_writes_a_page_of_the_same_numbers()
    {
        string page = At("report.html");
        (int code, string output, string error) = Sweep("--budgets", "0.7,0.25,0.4", "--budget", "0.5", "--report", page, "--json");
        Assert.True(code == ExitCode.Success, error);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(120, json.GetProperty("n").GetInt32());
        Assert.Equal("FLOPs", json.GetProperty("unit").GetString());
        Assert.Equal(page, json.GetProperty("report").GetString());
        Assert.Equal(["10", "20", "28"], json.GetProperty("resolutions").EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        JsonElement largest = json.GetProperty("largestCalibrated");
        Assert.Equal(("28, calibrated", 1.0), (largest.GetProperty("name").GetString(), largest.GetProperty("costFraction").GetDouble()));
        Assert.InRange(largest.GetProperty("accuracy").GetDouble(), 0.5, 1);
        JsonElement[] points = [.. json.GetProperty("points").EnumerateArray()];
        Assert.Equal([0.25, 0.4, 0.5, 0.7], points.Select(p => Math.Round(p.GetProperty("budget").GetDouble(), 9)));
        Assert.Equal(2, json.GetProperty("chosen").GetInt32());
        foreach (JsonElement point in points)
        {
            string[] policies = ["routed", "staticMix", "cascade", "calibratedCascade", "strongest", "costPenalty", "largest", "largestCalibrated", "oracle"];
            foreach (string policy in policies.Where(p => point.GetProperty(p).ValueKind != JsonValueKind.Null))
            {
                Assert.InRange(point.GetProperty(policy).GetProperty("accuracy").GetDouble(), 0.5, 1);
                Assert.InRange(point.GetProperty(policy).GetProperty("costFraction").GetDouble(), 0.1, 1.5);
            }

            double accuracy = point.GetProperty("routed").GetProperty("accuracy").GetDouble(), cost = point.GetProperty("routed").GetProperty("costFraction").GetDouble();
            foreach (string policy in policies.Skip(1).Where(p => point.GetProperty(p).ValueKind != JsonValueKind.Null))
            {
                JsonElement baseline = point.GetProperty(policy), difference = baseline.GetProperty("difference");
                Assert.Equal(accuracy - baseline.GetProperty("accuracy").GetDouble(), difference.GetProperty("value").GetDouble(), 1e-6);
                Assert.Equal(
                    difference.GetProperty("low").GetDouble() > 0 || difference.GetProperty("high").GetDouble() < 0, difference.GetProperty("isToldApart").GetBoolean());
                if (policy is "staticMix" or "cascade" or "calibratedCascade" or "costPenalty")
                {
                    Assert.InRange(baseline.GetProperty("costFraction").GetDouble(), 0, cost * (1 + 1e-9));
                }
            }

            Assert.InRange(point.GetProperty("accuracyLow").GetDouble(), 0, point.GetProperty("accuracyHigh").GetDouble());
            Assert.Equal(1, point.GetProperty("shares").EnumerateArray().Sum(s => s.GetProperty("share").GetDouble()), 1e-9);
        }

        JsonElement report = ToolRun.Page(page);
        Assert.Equal(json.GetProperty("points").GetRawText(), Reserialised(report.GetProperty("points")));
        JsonElement[] routes = [.. report.GetProperty("routes").EnumerateArray()];

        // What the pipeline did row by row is what the comparison computed from its table.
        Assert.Equal(120, routes.Sum(r => r.GetProperty("rows").GetInt32()));
        Assert.Equal(points[2].GetProperty("routed").GetProperty("accuracy").GetDouble(), routes.Sum(r => r.GetProperty("right").GetInt32()) / 120.0, 1e-12);
        Assert.Equal(
            points[2].GetProperty("shares").EnumerateArray().Select(s => (int)Math.Round(s.GetProperty("share").GetDouble() * 120)),
            routes.Select(r => r.GetProperty("rows").GetInt32()));
        JsonElement[] byRoute = [.. json.GetProperty("byRoute").EnumerateArray()];
        Assert.Equal(json.GetProperty("byRoute").GetRawText(), Reserialised(report.GetProperty("byRoute")));
        Assert.Equal([.. routes.Select(r => r.GetProperty("name").GetString()), "all"], byRoute.Select(r => r.GetProperty("route").GetString()));
        Assert.Equal(points[2].GetProperty("measures").GetRawText(), byRoute[^1].GetProperty("measures").GetRawText());
        foreach ((JsonElement route, JsonElement measured) in routes.Zip(byRoute).Where(r => r.First.GetProperty("rows").GetInt32() > 0))
        {
            int rows = route.GetProperty("rows").GetInt32();
            Assert.Equal(rows, measured.GetProperty("rows").GetInt32());
            Assert.Equal(route.GetProperty("right").GetInt32(), rows * measured.GetProperty("measures")[0].GetProperty("value").GetDouble(), 1e-6);
        }

        foreach (JsonElement route in routes)
        {
            int rows = route.GetProperty("rows").GetInt32();
            Assert.Equal(rows, route.GetProperty("confusion").EnumerateArray().Sum(c => c.GetProperty("rows").GetInt32()));
            Assert.Equal(rows, route.GetProperty("losses").EnumerateArray().Sum(b => b.GetProperty("rows").GetInt32()));
            Assert.Equal(Math.Min(10, rows), route.GetProperty("images").GetArrayLength());
            Assert.All(route.GetProperty("images").EnumerateArray(), i => Assert.StartsWith("data:image/png;base64,iVBOR", i.GetProperty("uri").GetString()));
        }

        Assert.InRange(new FileInfo(page).Length, 700_000, 3_000_000);
        Assert.Equal([page], Directory.GetFiles(_folder));
        string command = report.GetProperty("run").GetProperty("command").GetString()!;
        Assert.StartsWith("otd sweep \\\n    --model ", command);
        Assert.Contains(" \\\n    --budgets 0.7,0.25,0.4 \\\n    --budget 0.5 \\\n", command);
        Assert.All(report.GetProperty("phases").EnumerateArray(), phase => Assert.True(phase.GetProperty("seconds").GetDouble() > 0));
    }

    [Fact]
    public void The_budget_of_a_promise_joins_the_curve_and_is_marked()
    {
        string page = At("report.html");
        (int code, string output, string error) = Sweep("--budgets", "0.3,0.5", "--within", "12", "--confidence", "0.8", "--report", page, "--json");
        Assert.True(code == ExitCode.Success, error);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        JsonElement[] points = [.. json.GetProperty("points").EnumerateArray()];
        Assert.Equal(points.OrderBy(p => p.GetProperty("budget").GetDouble()), points);
        JsonElement promised = Assert.Single(points, p => p.GetProperty("promise").ValueKind == JsonValueKind.String);
        Assert.Equal(promised, points[json.GetProperty("chosen").GetInt32()]);
        Assert.StartsWith("at most 12 points below the largest resolution, with 80.0 % confidence: tested on ", promised.GetProperty("promise").GetString());
        Assert.Contains("The budget keeps a promise: at most 12 points", ToolRun.Page(page).GetProperty("detail").GetString());
        (_, output, _) = Sweep("--budgets", "0.3,0.5", "--within", "12", "--confidence", "0.8");
        Assert.Matches(@"│\s+promised \d+ %\s+│", output);
        Assert.Equal(ExitCode.Usage, Sweep("--budgets", "0.3", "--within", "12", "--budget", "0.5").Code);
    }

    [Fact]
    public void The_middle_budget_is_looked_at_and_the_curve_is_printed_for_people()
    {
        (int code, string output, string error) = Sweep("--budgets", "0.3,0.5,0.8");
        Assert.True(code == ExitCode.Success, error);
        Assert.Matches(@"│\s+30 %\s+│", output);
        Assert.Matches(@"│\s+80 %\s+│", output);
        Assert.Contains("With a budget of 50 % it is right on ", output);
        Assert.Contains("router better by, points (95 %); * told apart", output);
        Assert.Matches("told apart by 120 images|Image by image, the router is ", output);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Images_without_labels_are_measured_with_those_of_the_test()
    {
        string list = At("paths.csv"), page = At("report.html");
        File.WriteAllLines(list, ["Path", .. Directory.EnumerateFiles(ImageSets.Fit, "*.png", SearchOption.AllDirectories)]);
        (int code, string output, string error) = Run("--images", list, "--test", ImageSets.Test, "--teacher", "largest", "--budgets", "0.5", "--report", page, "--json");
        Assert.True(code == ExitCode.Success, error);
        JsonElement point = JsonDocument.Parse(output).RootElement.GetProperty("points")[0];
        Assert.InRange(point.GetProperty("routed").GetProperty("accuracy").GetDouble(), 0.7, 1);
        Assert.Equal(JsonValueKind.Null, point.GetProperty("costPenalty").ValueKind);
        Assert.Equal("Largest", ToolRun.Page(page).GetProperty("run").GetProperty("teacher").GetString());
    }

    [Fact]
    public void A_failure_leaves_the_page_of_before()
    {
        string test = At("test");
        foreach (string folder in Directory.GetDirectories(ImageSets.Test))
        {
            string copy = Path.Combine(test, Path.GetFileName(folder));
            Directory.CreateDirectory(copy);
            File.Copy(Directory.GetFiles(folder)[0], Path.Combine(copy, "good.png"));
        }

        File.WriteAllText(Path.Combine(test, "Bag", "torn.png"), "not a picture");
        string page = At("report.html");
        File.WriteAllText(page, "the page of before");
        (int code, _, string error) = Run("--images", ImageSets.Fit, "--test", test, "--budgets", "0.5", "--report", page);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("torn.png", error);
        Assert.Equal("the page of before", File.ReadAllText(page));
        Assert.Equal([page], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_budget_that_cannot_be_met_is_refused()
    {
        string page = At("report.html");
        (int code, _, string error) = Sweep("--budgets", "0.5,0.01", "--report", page);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("1.0 %", error);
        Assert.Contains("feasible is from", error);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_cannot_work_is_said_before_the_work()
    {
        (int code, _, string error) = Sweep("--budgets", "0.5", "--report", At("nowhere/report.html"));
        Assert.Equal(ExitCode.Failure, code);
        Assert.Equal($"--report: '{At("nowhere/report.html")}' cannot be written: the folder {At("nowhere")} does not exist.", error.Trim());

        string test = At("test");
        Directory.CreateDirectory(Path.Combine(test, "Zebra"));
        File.Copy(Directory.GetFiles(Path.Combine(ImageSets.Test, "Bag"))[0], Path.Combine(test, "Zebra", "1.png"));
        (code, _, error) = Run("--images", ImageSets.Fit, "--test", test, "--budgets", "0.5");
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("label 'Zebra' is no class of --images", error);

        Assert.Equal(ExitCode.Usage, Run("--images", ImageSets.Fit, "--test", ImageSets.Test).Code);
        (code, _, error) = Sweep("--budgets", "0.5,half");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--budgets is 'half'", error);
    }

    private (int Code, string Output, string Error) Sweep(params string[] arguments) => Run(["--images", ImageSets.Fit, "--test", ImageSets.Test, .. arguments]);

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = OtdTool.Run(["sweep", .. ImageSets.Models(28, 10, 20), "--classes", string.Join(',', ImageSets.Classes), .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Without the escapes that the page needs and the console does not.</summary>
    private static string Reserialised(JsonElement element) => JsonSerializer.Serialize(element, _plain);

    private static readonly JsonSerializerOptions _plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string At(string name) => Path.Combine(_folder, name);
}
