using System.Diagnostics;
using System.Reflection;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>A program of <c>test/Programs</c>, run as a process of its own.</summary>
internal static class TestProgram
{
    public static Process Start(string name, params string[] arguments)
    {
        var dll = Path.Combine(Metadata("ProgramsFolder"), name, Metadata("ProgramsOutput"), $"{name}.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    private static string Metadata(string key) =>
        typeof(TestProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
