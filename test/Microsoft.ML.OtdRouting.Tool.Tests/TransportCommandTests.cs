using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

public sealed class TransportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-transport-").FullName;

    public TransportCommandTests()
    {
        Random random = new(1);
        float[] losses = new float[400 * 4];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = random.NextSingle();
        }

        Save("L.npy", "<f4", "(400, 4)", MemoryMarshal.AsBytes<float>(losses));
        Save("b.npy", "<f8", "(4,)", MemoryMarshal.AsBytes<double>(new[] { 0.1, 0.2, 0.3, 0.4 }));
        Save("c.npy", "<f4", "(4,)", MemoryMarshal.AsBytes<float>(new[] { 1f, 2f, 3f, 4f }));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("newton")]
    [InlineData("sinkhorn")]
    [InlineData("exact")]
    [InlineData("sparse")]
    [InlineData("unbalanced")]
    public void Every_solver_prints_the_documented_object(string solver)
    {
        JsonElement json = Succeed("--loss", At("L.npy"), "--route-prior", At("b.npy"), "--cost", At("c.npy"), "--solver", solver, "--rho", "5", "--json");
        Assert.Equal(solver, json.GetProperty("solver").GetString());
        Assert.Equal(400, json.GetProperty("n").GetInt32());
        Assert.Equal(4, json.GetProperty("k").GetInt32());
        foreach (string name in new[] { "epsilon", "value", "objective", "dualValue", "marginalError", "seconds", "meanCost" })
        {
            Assert.True(double.IsFinite(json.GetProperty(name).GetDouble()), name);
        }

        Assert.True(json.GetProperty("iterations").GetInt32() > 0);
        Assert.Equal(solver != "sparse" || json.GetProperty("marginalError").GetDouble() <= 1e-9, json.GetProperty("converged").GetBoolean());
        Assert.Equal(4, json.GetProperty("duals").GetArrayLength());
        Assert.Equal(0.3, json.GetProperty("routePrior")[2].GetDouble(), 1e-15);
        Assert.InRange(json.GetProperty("shares").EnumerateArray().Sum(s => s.GetDouble()), 1 - 0.2, 1 + 1e-9);
    }

    [Fact]
    public void A_budget_is_met_and_outputs_are_written()
    {
        JsonElement json = Succeed(
            "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "2", "--floor", "0.1", "--solver", "exact", "--json",
            "--plan-out", At("T.npy"), "--assignment-out", At("r.npy"));
        Assert.Equal(2, json.GetProperty("meanCost").GetDouble(), 1e-12);
        Assert.True(json.GetProperty("budgetPrice").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("routePrior").ValueKind);
        byte[] plan = File.ReadAllBytes(At("T.npy"));
        Assert.Equal(128 + (400 * 4 * 8), plan.Length);
        Assert.Contains("'descr': '<f8', 'fortran_order': False, 'shape': (400, 4), }", Encoding.ASCII.GetString(plan, 0, 128));
        ReadOnlySpan<double> values = MemoryMarshal.Cast<byte, double>(plan.AsSpan(128));
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        Assert.Equal(1, sum, 1e-12);
        byte[] routes = File.ReadAllBytes(At("r.npy"));
        int cost = 0;
        foreach (int route in MemoryMarshal.Cast<byte, int>(routes.AsSpan(128)))
        {
            cost += route + 1;
        }

        Assert.InRange(cost, 700, 800);
        Assert.Empty(Directory.GetFiles(_folder, "*.partial"));
    }

    [Fact]
    public void Text_output_names_the_solver_and_the_tilted_prior_meets_the_budget()
    {
        (int code, string output, string error) = Run("transport", "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "2", "--tilt");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("newton, 400 samples", output);
        Assert.Contains("mean cost 2", output);
    }

    [Fact]
    public void Broken_data_exits_with_1_and_one_line()
    {
        File.WriteAllText(At("text.npy"), "not an array");
        Fail(1, "does not begin with", "--loss", At("text.npy"), "--route-prior", At("b.npy"));
        Fail(1, "missing.npy does not exist", "--loss", At("missing.npy"), "--route-prior", At("b.npy"));
        Save("short.npy", "<f4", "(400, 4)", new byte[100]);
        Fail(1, "100 bytes of data; the shape (400, 4) needs 6400", "--loss", At("short.npy"), "--route-prior", At("b.npy"));
        Save("int.npy", "<i8", "(2, 2)", new byte[32]);
        Fail(1, "'<i8'; expected float32", "--loss", At("int.npy"), "--route-prior", At("b.npy"));
        Save("big.npy", ">f4", "(2, 2)", new byte[16]);
        Fail(1, "'>f4'; expected float32", "--loss", At("big.npy"), "--route-prior", At("b.npy"));
        Save("fortran.npy", "<f4", "(2, 2)", new byte[16], "True");
        Fail(1, "Fortran order", "--loss", At("fortran.npy"), "--route-prior", At("b.npy"));
        Fail(1, "expected samples × routes", "--loss", At("b.npy"), "--route-prior", At("b.npy"));
        Fail(1, "expected a vector", "--loss", At("L.npy"), "--route-prior", At("L.npy"));
        Save("b3.npy", "<f8", "(3,)", MemoryMarshal.AsBytes<double>(new[] { 0.5, 0.25, 0.25 }));
        Fail(1, "b3.npy has 3 values; the losses have 4 routes", "--loss", At("L.npy"), "--route-prior", At("b3.npy"));
        Save("negative.npy", "<f8", "(4,)", MemoryMarshal.AsBytes<double>(new[] { 0.5, 0.75, -0.5, 0.25 }));
        Fail(1, "routePrior[2] is -0.5", "--loss", At("L.npy"), "--route-prior", At("negative.npy"));
        Save("sum.npy", "<f8", "(4,)", MemoryMarshal.AsBytes<double>(new[] { 0.5, 0.25, 0.5, 0.25 }));
        Fail(1, "sums to 1.5", "--loss", At("L.npy"), "--route-prior", At("sum.npy"));
        Fail(1, "[1, 4]", "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "0.5");
        Fail(1, "floors sum to 2", "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "2", "--floor", "0.5");
        Fail(1, "cheapest route, 1,", "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "9", "--tilt");
        Fail(1, "Epsilon is -1", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--epsilon", "-1");
        float[] bad = new float[8];
        bad[5] = float.NaN;
        Save("nan.npy", "<f4", "(4, 2)", MemoryMarshal.AsBytes<float>(bad));
        Fail(1, "row 2, route 1 is NaN", "--loss", At("nan.npy"), "--route-prior", At("b.npy"));
        Fail(1, "nowhere does not exist", "--loss", At("missing.npy"), "--route-prior", At("b.npy"), "--plan-out", Path.Combine(_folder, "nowhere", "T.npy"));
        Fail(1, "--assignment-out: '/dev/null' cannot be written", "--loss", At("missing.npy"), "--route-prior", At("b.npy"), "--assignment-out", "/dev/null");
    }

    [Theory]
    [InlineData("newton", "--max-iterations", "1")]
    [InlineData("sinkhorn", "--max-iterations", "2")]
    [InlineData("unbalanced", "--max-iterations", "1")]
    [InlineData("sparse", "--max-iterations", "1")]
    [InlineData("newton", "--tolerance", "1e-300")]
    public void What_has_not_converged_exits_with_1_and_says_what_was_reached(string solver, string option, string value)
    {
        string[] problem =
        [
            "transport", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--solver", solver, option, value, "--json",
            "--plan-out", At("T.npy"), "--assignment-out", At("r.npy"),
        ];
        (int code, string output, string error) = Run(problem);
        Assert.Equal(1, code);
        Assert.False(JsonDocument.Parse(output).RootElement.GetProperty("converged").GetBoolean());
        Assert.Contains("Not converged: the marginal error is", error);
        Assert.Contains("--allow-unconverged", error);
        Assert.False(File.Exists(At("T.npy")) || File.Exists(At("r.npy")));

        (code, output, error) = Run([.. problem, "--allow-unconverged"]);
        Assert.Equal(0, code);
        Assert.False(JsonDocument.Parse(output).RootElement.GetProperty("converged").GetBoolean());
        Assert.Contains("Not converged", error);
        Assert.True(File.Exists(At("T.npy")) && File.Exists(At("r.npy")));
    }

    [Theory]
    [InlineData("newton")]
    [InlineData("sinkhorn")]
    [InlineData("exact")]
    [InlineData("sparse")]
    [InlineData("unbalanced")]
    public void What_is_no_number_is_never_written(string solver)
    {
        double[] losses = [1e308, -1e308, 1e308, -1e308, 1e308, -1e308, -1e308, 1e308];
        Save("huge.npy", "<f8", "(2, 4)", MemoryMarshal.AsBytes<double>(losses));
        (int code, _, string error) = Run(
            "transport", "--loss", At("huge.npy"), "--route-prior", At("b.npy"), "--solver", solver, "--allow-unconverged", "--plan-out", At("T.npy"));
        if (File.Exists(At("T.npy")))
        {
            Assert.Equal(0, code);
            Assert.DoesNotContain(MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(At("T.npy")).AsSpan(128)).ToArray(), v => !double.IsFinite(v));
        }
        else
        {
            Assert.Equal(1, code);
            Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void More_routes_than_there_can_be_are_refused_before_they_are_read()
    {
        Save("wide.npy", "<f4", "(1000000, 65)", []);
        Fail(1, "65 routes; there can be at most 64", "--loss", At("wide.npy"), "--route-prior", At("b.npy"));
        Save("most.npy", "<f4", "(2, 64)", new byte[512]);
        Save("b64.npy", "<f8", "(64,)", MemoryMarshal.AsBytes<double>(Enumerable.Repeat(1 / 64.0, 64).ToArray()));
        Assert.Equal(64, Succeed("--loss", At("most.npy"), "--route-prior", At("b64.npy"), "--solver", "exact", "--json").GetProperty("k").GetInt32());
    }

    [Fact]
    public void Wrong_usage_exits_with_2()
    {
        Fail(2, "--loss", "--route-prior", At("b.npy"));
        Fail(2, "either --route-prior", "--loss", At("L.npy"));
        Fail(2, "either --route-prior", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--cost", At("c.npy"), "--budget", "2");
        Fail(2, "--budget needs --cost", "--loss", At("L.npy"), "--budget", "2");
        Fail(2, "simplex", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--solver", "simplex");
        Fail(2, "abc", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--epsilon", "abc");
        Fail(2, "--floor", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--floor", "0.1");
        Fail(2, "needs fixed shares", "--loss", At("L.npy"), "--cost", At("c.npy"), "--budget", "2", "--solver", "sinkhorn");
        Assert.Equal(2, Run("nonsense").Code);
    }

    [Fact]
    public void Help_shows_an_example_on_every_level()
    {
        foreach (string[] arguments in new[] { new[] { "--help" }, ["transport", "--help"] })
        {
            (int code, string output, _) = Run(arguments);
            Assert.Equal(0, code);
            Assert.Contains("otd transport --loss L.npy", output);
        }
    }

    [Fact]
    public void The_process_returns_the_same_codes()
    {
        (int code, string output) = Start("transport", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--json");
        Assert.Equal(0, code);
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("converged").GetBoolean());
        Assert.Equal(1, Start("transport", "--loss", At("missing.npy"), "--route-prior", At("b.npy")).Code);
        Assert.Equal(2, Start("transport").Code);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = OtdTool.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static (int Code, string Output) Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(OtdTool).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = error.Result;
        return (process.ExitCode, output);
    }

    private static JsonElement Succeed(params string[] options)
    {
        (int code, string output, string error) = Run(["transport", .. options]);
        Assert.True(code == 0, error);
        Assert.Single(output.TrimEnd().Split('\n'));
        return JsonDocument.Parse(output).RootElement;
    }

    private static void Fail(int expected, string text, params string[] options)
    {
        (int code, string output, string error) = Run(["transport", .. options]);
        Assert.Equal(expected, code);
        Assert.Contains(text, error);
        Assert.Equal("", output);
        Assert.True(expected == 2 || error.TrimEnd().Split('\n').Length == 1, error);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private void Save(string name, string type, string shape, ReadOnlySpan<byte> data, string fortran = "False") =>
        File.WriteAllBytes(At(name), Npy.Array(type, shape, data, fortran));
}
