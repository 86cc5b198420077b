using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OtdRouting.Tests.Fuzzing;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Transport;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>Tables and arrays that were changed are read right or refused with one line that names the file.</summary>
public sealed class MutatedFileTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-mutated-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Arrays() => Run("arrays", 800, Npy.Array("<f4", "(6, 4)", MemoryMarshal.AsBytes<float>(Enumerable.Range(0, 24).Select(i => i / 24f).ToArray())), file =>
    {
        LossTable losses = NpyFile.ReadLosses(file, infinityForbids: false);
        Assert.InRange(losses.Routes, 1, LossTable.MaxRoutes);
    });

    [Fact]
    public void Tables()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.png"), [1]);
        File.WriteAllBytes(Path.Combine(_folder, "b.png"), [1]);
        byte[] table = Encoding.UTF8.GetBytes("Path,Label,Other\r\na.png,x,1\r\nb.png,\"y, or z\",2\r\na.png,x,\"3 \"\"4\"\"\"\r\n");
        Run("tables", 800, table, file => Assert.NotEmpty(ImageList.Read(file).Images));
    }

    private void Run(string door, int count, byte[] good, Action<string> read)
    {
        Random random = new(21);
        int refused = 0;
        string file = Path.Combine(_folder, "mutated");
        for (int i = 0; i < count; i++)
        {
            File.WriteAllBytes(file, Mutation.Of(good, random));
            Exception? error = Record.Exception(() => read(file));
            Assert.True(error is null or DataException, $"{door}, mutation {i}: {error}");
            Assert.True(error is null || error.Message.Contains(file), $"{door}, mutation {i}: {error?.Message}");
            refused += error is null ? 0 : 1;
        }

        output.WriteLine($"{door}: {count} mutations, {refused} refused, {count - refused} accepted.");
        Assert.InRange(refused, count / 10, count - 1);
    }
}
