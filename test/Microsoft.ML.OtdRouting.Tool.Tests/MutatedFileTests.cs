using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OtdRouting.Tests.Fuzzing;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Transport;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>Tables, arrays and command lines that were changed are read right or refused with one line that names what is wrong.</summary>
[Collection(nameof(Doors))]
public sealed class MutatedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-mutated-").FullName;
    private readonly Random _random = new(21);
    private readonly Door _door;

    public MutatedFileTests(ITestOutputHelper output)
    {
        _door = new Door(output);
        File.WriteAllBytes(At("a.png"), [1]);
        File.WriteAllBytes(At("b.png"), [1]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Arrays() => Run("arrays", 800, Array("<f4", "(6, 4)", 24), file =>
    {
        LossTable losses = NpyFile.ReadLosses(file, infinityForbids: false);
        Assert.InRange(losses.Routes, 1, LossTable.MaxRoutes);
    });

    [Fact]
    public Task Tables() => Run(
        "tables", 800, Encoding.UTF8.GetBytes("Path,Label,Other\r\na.png,x,1\r\nb.png,\"y, or z\",2\r\na.png,x,\"3 \"\"4\"\"\"\r\n"),
        file => Assert.NotEmpty(ImageList.Read(file).Images));

    /// <summary>Exit codes are those that are documented; what fails says one line, and what is wrong usage says what is allowed.</summary>
    [Fact]
    public Task Command_lines()
    {
        File.WriteAllBytes(At("L.npy"), Array("<f4", "(6, 4)", 24));
        File.WriteAllBytes(At("b.npy"), Npy.Array("<f8", "(4,)", MemoryMarshal.AsBytes<double>(new[] { 0.25, 0.25, 0.25, 0.25 })));
        File.WriteAllText(At("list.csv"), "Path,Label\na.png,x\nb.png,y\n");
        string model = ImageSets.Model(10);
        string[][] lines =
        [
            ["transport", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--epsilon", "0.05", "--tolerance", "1e-6", "--threads", "1", "--json"],
            ["transport", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--solver", "sparse", "--sparsity", "2", "--max-iterations", "500"],
            ["transport", "--loss", At("L.npy"), "--route-prior", At("b.npy"), "--solver", "unbalanced", "--rho", "1", "--mass", "0.5"],
            ["profile", "--model", $"{model}@10", "--batch", "1", "--threads", "1", "--scale", "1", "--output", "logits"],
            ["doctor", "--model", $"{model}@10", "--model", $"{ImageSets.Model(14)}@14", "--scale", "1", "--output", "logits"],
            ["evaluate", "--fitted", At("absent.zip"), "--images", At("list.csv"), "--budget", "0.5", "--threads", "2", "--on-failure", "skip"],
            ["fit", "--images", At("list.csv"), "--model", $"{model}@10", "--model", $"{ImageSets.Model(14)}@14", "--budget", "0.5", "--out", At("router.zip"), "--floor", "0.1"],
        ];
        return _door.Run("command lines", 400, leastRefused: 200, leastAccepted: 40, i =>
        {
            List<string> line = [.. lines[i % lines.Length]];
            for (int change = _random.Next(3); change > 0 && line.Count > 1; change--)
            {
                Change(line);
            }

            (int code, string output, string error) = ToolRun.Run([.. line]);
            Assert.True(code is 0 or 1 or 2, $"{code}");
            Assert.DoesNotContain("   at ", error);
            if (code != 0)
            {
                // What has been found out before the failure may have been printed: a diagnosis, or a solution that has not converged.
                Assert.True(error.Length > 10 || output.Length > 10, string.Join(' ', line));
                throw new DataException($"{string.Join(' ', line)}: {error} {output}");
            }
        }, e => e is DataException);
    }

    private static byte[] Array(string type, string shape, int count) =>
        Npy.Array(type, shape, MemoryMarshal.AsBytes<float>(Enumerable.Range(0, count).Select(i => i / (float)count).ToArray()));

    /// <summary>An argument goes, comes twice, changes its letters, or becomes one of those that break programs; paths that are written to stay.</summary>
    private void Change(List<string> line)
    {
        string[] values = ["1", "2", "0.5", "", "-1", "0", "1e999", "NaN", "2147483648", "0x10", "--", "-", "@", "@0", "\u00fc", "a b", new('9', 400), "/dev/null", "/dev/zero", _folder, "--json"];
        int at = _random.Next(1, line.Count);
        if (line[at] == At("router.zip") || line[at - 1] == "--out" || line[at] == "--out")
        {
            return;
        }

        switch (_random.Next(4))
        {
            case 0:
                line.RemoveAt(at);
                break;
            case 1:
                line.Insert(at, line[at]);
                break;
            case 2:
                line[at] = values[_random.Next(values.Length)];
                break;
            default:
                line[at] = Encoding.Latin1.GetString(Mutation.Of(Encoding.Latin1.GetBytes(line[at]), _random));
                break;
        }
    }

    private Task Run(string door, int count, byte[] good, Action<string> read)
    {
        string file = At("mutated");
        return _door.Run(door, count, leastRefused: count / 10, leastAccepted: count / 20, _ =>
        {
            File.WriteAllBytes(file, Mutation.Of(good, _random));
            read(file);
        }, e => e is DataException && e.Message.Contains(file));
    }

    private string At(string name) => Path.Combine(_folder, name);
}
