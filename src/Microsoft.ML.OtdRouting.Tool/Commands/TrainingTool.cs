using System.Diagnostics;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>
/// Hands commands that train over to <c>otd-train</c>, a tool of its own: it carries libtorch, ten times as large as everything else. Like the commands of git it is looked
/// for beside this program, then on the path.
/// </summary>
internal static class TrainingTool
{
    public const string Name = "otd-train";

    /// <summary>How to get it.</summary>
    public const string Installation = "dotnet tool install --global Microsoft.ML.OtdRouting.TorchSharp.Tool";

    /// <summary>The commands that are handed over.</summary>
    public static IReadOnlyList<TrainingCommand> Commands { get; } =
    [
        new("train", $"Trains a network for several input sizes, on images with labels; {Name}, a tool of its own, does it."),
        new("adapt", $"Adapts an ONNX model to smaller sizes, on images without labels; {Name}, a tool of its own, does it."),
    ];

    /// <summary>Runs a command line there, on the same console.</summary>
    /// <param name="arguments">The command with its arguments.</param>
    /// <returns>The exit code of the other tool.</returns>
    /// <exception cref="DataException">It is not installed.</exception>
    public static int Run(IReadOnlyList<string> arguments)
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        string program = Find([Path.GetDirectoryName(Environment.ProcessPath), AppContext.BaseDirectory, .. path?.Split(Path.PathSeparator) ?? []])
            ?? throw new DataException($"otd {arguments[0]} needs {Name}, which is neither beside otd nor on the path. It brings libtorch, some 500 MB: {Installation}");
        ProcessStartInfo start = new(program) { UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Ctrl-C reaches both; the other one cleans up, and this one waits for it.
        ConsoleCancelEventHandler wait = (_, e) => e.Cancel = true;
        Console.CancelKeyPress += wait;
        try
        {
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DataException($"{program} cannot be started: {e.Message}");
        }
        finally
        {
            Console.CancelKeyPress -= wait;
        }
    }

    /// <summary>The first program of that name.</summary>
    /// <param name="folders">Where to look; empty and missing folders are passed over.</param>
    public static string? Find(IEnumerable<string?> folders) => folders
        .Where(folder => !string.IsNullOrWhiteSpace(folder))
        .Select(folder => Path.Combine(folder!, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name))
        .FirstOrDefault(File.Exists);
}
