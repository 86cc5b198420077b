using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>What may stand where a file is to be written, and what is left of it. Kinds, modes and owners are those of Linux.</summary>
[SupportedOSPlatform("linux")]
public sealed class WholeFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_file_has_the_mode_that_new_files_have()
    {
        File.WriteAllText(At("other"), "");
        Write(At("new"));
        Assert.Equal(File.GetUnixFileMode(At("other")), File.GetUnixFileMode(At("new")));
        Assert.Equal("new", File.ReadAllText(At("new")));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("640")]
    [InlineData("755")]
    [InlineData("777")]
    public void A_file_that_is_replaced_keeps_mode_and_owner(string mode)
    {
        File.WriteAllText(At("old"), "old");
        Run("chmod", mode, At("old"));
        var owner = Run("stat", "-c", "%u:%g", At("old"));
        if (Environment.IsPrivilegedProcess)
        {
            owner = "4321:1234\n";
            Run("chown", owner.Trim(), At("old"));
        }

        // While it is written, it is nobody else's to read.
        WholeFile.Write(At("old"), stream =>
        {
            var partial = Assert.Single(Directory.GetFiles(_folder.Path, "*.partial"));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(partial));
            stream.Write("new"u8);
        });
        Assert.Equal("new", File.ReadAllText(At("old")));
        Assert.Equal($"{mode} {owner}", Run("stat", "-c", "%a %u:%g", At("old")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Links_stay_and_their_targets_are_written(bool exists)
    {
        Directory.CreateDirectory(At("inside"));
        if (exists)
        {
            File.WriteAllText(At("inside/target"), "old");
        }

        File.CreateSymbolicLink(At("inside/second"), "target");
        File.CreateSymbolicLink(At("first"), "inside/second");
        WholeFile.Probe(At("first"));
        Assert.Equal(exists, File.Exists(At("inside/target")));
        Write(At("first"));
        Assert.Equal("new", File.ReadAllText(At("inside/target")));
        Assert.Equal("inside/second", new FileInfo(At("first")).LinkTarget);
        Assert.Equal("target", new FileInfo(At("inside/second")).LinkTarget);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_pipe_is_refused_and_stays()
    {
        Run("mkfifo", At("pipe"));
        File.CreateSymbolicLink(At("link"), At("pipe"));
        Refuses(At("pipe"), "a device, a pipe or a socket");
        Refuses(At("link"), "a device, a pipe or a socket");
        Assert.Equal("fifo\n", Run("stat", "-c", "%F", At("pipe")));
        Assert.Contains("a device, a pipe", Assert.Throws<IOException>(() => WholeFile.Probe("/dev/null")).Message);
        Assert.Empty(Directory.GetFiles("/dev", "*.partial"));
    }

    [Fact]
    public void Folders_and_paths_that_lead_nowhere_are_refused()
    {
        Directory.CreateDirectory(At("folder"));
        File.CreateSymbolicLink(At("to-folder"), At("folder"));
        File.CreateSymbolicLink(At("one"), At("two"));
        File.CreateSymbolicLink(At("two"), At("one"));
        File.CreateSymbolicLink(At("dangling"), At("nowhere/file"));
        File.WriteAllText(At("file"), "");
        Refuses(At("folder"), "it is a folder");
        Refuses(At("to-folder"), "it is a folder");
        Refuses(At("one"), "");
        Refuses(At("dangling"), $"the folder {At("nowhere")} does not exist");
        Refuses(At("nowhere/file"), $"the folder {At("nowhere")} does not exist");
        Refuses(At("file/file"), "");
        Refuses(At(new string('x', 256)), "its name is 256 long; at most 255");
        Refuses("/proc/otd-model.zip", "");
    }

    [Fact]
    public void A_file_that_must_not_be_written_is_not_replaced()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            File.WriteAllText(At("mine"), "old");
            Run("chmod", "444", At("mine"));
            Refuses(At("mine"), "");
            Assert.Equal("old", File.ReadAllText(At("mine")));
        }
    }

    [Theory]
    [InlineData(213)]
    [InlineData(214)]
    [InlineData(215)]
    [InlineData(255)]
    public void Names_of_any_length_can_be_written(int length)
    {
        // Two bytes a letter.
        var name = new string('ü', length / 2) + new string('x', length % 2);
        WholeFile.Probe(At(name));
        Write(At(name));
        Write(At(name));
        Assert.Equal([At(name)], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("model.zip")]
    [InlineData("a-name-of-255-characters")]
    public void What_killed_writers_left_behind_is_removed_and_what_living_ones_write_is_not(string name)
    {
        name = name == "model.zip" ? name : new string('x', 255);
        string young = Left(name), old = Left(name), other = Left("other.zip");
        foreach (var file in new[] { old, other })
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        }

        WholeFile.Write(At(name), _ =>
        {
            var living = Directory.GetFiles(_folder.Path, "*.partial").Except([young, old, other]).Single();
            File.SetLastWriteTimeUtc(living, DateTime.UtcNow.AddHours(-2));
            Write(At(name));
            Assert.True(File.Exists(living));
        });
        Assert.Equal(new[] { At(name), young, other }.Order(), Directory.GetFiles(_folder.Path).Order());
    }

    [Fact]
    public void The_catalog_tells_before_a_fit()
    {
        var routing = new MLContext().OtdRouting();
        routing.RequireWritable(At("model.zip"));
        Assert.Empty(Directory.GetFiles(_folder.Path));
        Assert.Contains("does not exist", Assert.Throws<IOException>(() => routing.RequireWritable(At("nowhere/model.zip"))).Message);
    }

    private static void Write(string path) => WholeFile.Write(path, stream => stream.Write("new"u8));

    private static void Refuses(string path, string reason)
    {
        foreach (var attempt in new Action[] { () => WholeFile.Probe(path), () => Write(path) })
        {
            var message = Assert.Throws<IOException>(attempt).Message;
            Assert.Contains($"'{path}' cannot be written: ", message);
            Assert.Contains(reason, message);
        }
    }

    /// <summary>What a writer of a name leaves behind when it is killed.</summary>
    private string Left(string name)
    {
        var before = Directory.GetFiles(_folder.Path);
        var left = "";
        WholeFile.Write(At(name), _ =>
        {
            left = Directory.GetFiles(_folder.Path).Except(before).Single()[..^40] + $"{Guid.NewGuid():N}.partial";
            File.WriteAllText(left, "half");
        });
        File.Delete(At(name));
        return left;
    }

    private string At(string name) => _folder.File(name);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
