using System.Globalization;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Saved models and other processes: those without this library, and those that are killed.</summary>
public class ProcessTests(ColourRouter colours, FashionRouterTests.Fitted fashion) : IClassFixture<ColourRouter>, IClassFixture<FashionRouterTests.Fitted>
{
    private const int Kills = 50;

    [Fact]
    public async Task A_process_without_the_package_scores_the_same()
    {
        using var folder = new ScratchFolder();
        var pictures = FashionPictures.Test(200);
        var input = fashion.Context.Data.LoadFromEnumerable(pictures);
        // The text of the predicted class comes after the router; in a process without the package the key before it is a vector of one.
        fashion.Context.Model.Save(fashion.Model, input.Schema, folder.File("model.zip"));
        using var process = TestProgram.Start("ScoreWithoutPackage", folder.File("model.zip"));
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        foreach (var picture in pictures)
        {
            await process.StandardInput.WriteLineAsync(picture.Path);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        var expected = RoutedValues.Read(fashion.Model.Transform(input));
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Rows, lines.Length);
        for (var row = 0; row < lines.Length; row++)
        {
            var numbers = lines[row].Split(' ').Select(n => float.Parse(n, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(expected.Routes[row], numbers[0]);
            Assert.Equal(expected.PredictedKeys[row], numbers[1]);
            Assert.All(expected.Scores[row].Zip(numbers[2..]), s => Assert.Equal(s.First, s.Second, 1e-5f));
        }
    }

    [Fact]
    public void A_killed_process_leaves_no_half_model_under_the_name()
    {
        using var folder = new ScratchFolder();
        var (source, target) = (folder.File("source.zip"), folder.File("target.zip"));
        colours.Context.OtdRouting().Save(colours.Router, colours.Test().Schema, source);
        var expected = RoutedValues.Read(colours.Router.Transform(colours.Test(20)));
        var random = new Random(1);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = TestProgram.Start("SaveForever", source, target);
            Assert.Equal("saving", process.StandardOutput.ReadLine());
            var saved = kill % 3;
            for (var i = 0; i < saved; i++)
            {
                Assert.Equal("saved", process.StandardOutput.ReadLine());
            }

            // Wherever in its next save that is: what is left must be whole at any moment.
            Thread.Sleep(random.Next(40));
            Assert.False(process.HasExited, "The program ended by itself.");
            process.Kill();
            process.WaitForExit();
            Assert.True(saved == 0 || File.Exists(target));
            if (!File.Exists(target))
            {
                continue;
            }

            using var loaded = colours.Context.OtdRouting().Load(target, out _);
            RoutedValues.AssertSame(expected, RoutedValues.Read(loaded.OfType<OtdRoutingTransformer>().Single().Transform(colours.Test(20))));
            File.Delete(target);
        }
    }

    [Fact]
    public void A_save_that_fails_at_any_write_leaves_the_old_file()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("model.zip");
        colours.Context.OtdRouting().Save(colours.Router, colours.Test().Schema, path);
        var old = File.ReadAllBytes(path);
        var writes = 0;
        for (var failing = 0; failing <= writes; failing++)
        {
            var at = failing;
            FailingStream? used = null;
            void Save() => OtdRouting.Persistence.WholeFile.Write(path, stream =>
            {
                used = new FailingStream(stream, at);
                colours.Context.Model.Save(colours.Router, colours.Test().Schema, used);
            });
            var error = Record.Exception(Save);
            if (error is null)
            {
                break;
            }

            Assert.Contains("disk full", error.ToString());
            writes = used!.Writes + 1;
            Assert.Equal(old, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(folder.Path));
        }

        Assert.InRange(writes, 20, int.MaxValue);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_model_file_that_has_changed_is_refused()
    {
        using var folder = new ScratchFolder();
        using var router = colours.Fit(colours.OptionsWith(ColourModels.Write(folder.Path))).Router;
        File.WriteAllBytes(folder.File("colour-4.onnx"), [.. File.ReadAllBytes(folder.File("colour-8.onnx"))]);
        var path = folder.File("model.zip");
        var error = Assert.ThrowsAny<Exception>(() => colours.Context.OtdRouting().Save(router, colours.Fitting.Schema, path));
        Assert.Contains("colour-4.onnx' has changed", error.ToString());
        Assert.False(File.Exists(path));
    }

    /// <summary>Takes so many writes, then fails as a full disk does.</summary>
    private sealed class FailingStream(Stream inner, int writesUntilFailure) : Stream
    {
        public int Writes { get; private set; }

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Writes++ >= writesUntilFailure)
            {
                throw new IOException("disk full");
            }

            inner.Write(buffer, offset, count);
        }
    }
}
