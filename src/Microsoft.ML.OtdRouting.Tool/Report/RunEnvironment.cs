using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>The software and the machine that results were made with.</summary>
internal static class RunEnvironment
{
    private const int CommitLength = 10;

    /// <summary>Names and versions.</summary>
    public static IReadOnlyList<SoftwareVersion> Describe() =>
    [
        new("otd", VersionOf(Assembly.GetExecutingAssembly())),
        new(typeof(OtdRoutingTransformer).Assembly.GetName().Name!, VersionOf(typeof(OtdRoutingTransformer).Assembly)),
        new("ML.NET", $"{typeof(MLContext).Assembly.GetName().Name} {VersionOf(typeof(MLContext).Assembly)}"),
        new("ONNX Runtime", OrtEnv.Instance().GetVersionString()),
        new(".NET", Environment.Version.ToString()),
        new("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
        new("Processors", $"{Environment.ProcessorCount}"),
    ];

    private static string VersionOf(Assembly assembly)
    {
        string version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString();

        // The commit, where there is one, as git abbreviates it.
        int commit = version.IndexOf('+');
        return commit < 0 ? version : version[..Math.Min(version.Length, commit + 1 + CommitLength)];
    }
}
