using System.Diagnostics;
using Microsoft.ML.OtdRouting.Tool.Commands;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Commands;

/// <summary>Commands that another tool carries out.</summary>
public sealed class TrainingToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-tool-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Where_the_tool_is_missing_the_command_that_installs_it_is_named()
    {
        (int code, string output, string error) = RunProcess("/nowhere", "adapt", "--help");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("otd adapt needs otd-train", error);
        Assert.Contains("dotnet tool install --global Microsoft.ML.OtdRouting.TorchSharp.Tool", error);
    }

    [Fact]
    public void The_list_of_commands_has_it() => Assert.Contains("\n  adapt ", ToolRun.Run("--help").Output);

    [Fact]
    public void All_arguments_go_to_the_tool_on_the_path_and_its_answer_comes_back()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string script = Path.Combine(_folder, TrainingTool.Name);
        File.WriteAllText(script, "#!/bin/sh\necho \"got $# $1 $3\"\necho wrong >&2\nexit 7\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (int code, string output, string error) = RunProcess($"/nowhere::{_folder}", "adapt", "--out", "a b", "--help");
        Assert.Equal((7, "got 4 adapt a b\n", "wrong\n"), (code, output, error));
    }

    [Fact]
    public void The_first_folder_that_has_it_wins()
    {
        string name = OperatingSystem.IsWindows() ? $"{TrainingTool.Name}.exe" : TrainingTool.Name;
        string second = Directory.CreateDirectory(Path.Combine(_folder, "second")).FullName;
        File.WriteAllText(Path.Combine(second, name), "");
        Assert.Null(TrainingTool.Find([null, "", _folder]));
        Assert.Equal(Path.Combine(second, name), TrainingTool.Find([_folder, second]));
        File.WriteAllText(Path.Combine(_folder, name), "");
        Assert.Equal(Path.Combine(_folder, name), TrainingTool.Find([_folder, second]));
    }

    private static (int Code, string Output, string Error) RunProcess(string path, params string[] arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(OtdTool).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PATH"] = path;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
