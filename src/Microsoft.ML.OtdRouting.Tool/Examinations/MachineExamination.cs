using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Examinations;

/// <summary>Looks at what the tool runs on.</summary>
internal static class MachineExamination
{
    /// <summary>A grey PNG of one pixel.</summary>
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

    /// <summary>Notes the versions; a native library that does not load is a problem.</summary>
    public static void Run(Diagnosis diagnosis)
    {
        diagnosis.Machine["otd"] = Version(typeof(MachineExamination).Assembly);
        diagnosis.Machine["dotnet"] = RuntimeInformation.FrameworkDescription;
        diagnosis.Machine["os"] = $"{RuntimeInformation.OSDescription.Trim()} ({RuntimeInformation.RuntimeIdentifier})";
        diagnosis.Machine["cores"] = Environment.ProcessorCount;
        diagnosis.Machine["mlnetVersion"] = Version(typeof(MLContext).Assembly);
        Try(diagnosis, "ONNX Runtime does not load", () =>
        {
            OrtEnv runtime = OrtEnv.Instance();
            diagnosis.Machine["onnxRuntime"] = runtime.GetVersionString();
            diagnosis.Machine["providers"] = ToolConsole.Texts(runtime.GetAvailableProviders());
        });
        Try(diagnosis, "ML.NET's image library does not decode", () =>
        {
            using MemoryStream stream = new(Convert.FromBase64String(Png));
            using MLImage image = MLImage.CreateFromStream(stream);
            diagnosis.Machine["decodesImages"] = image is { Width: 1, Height: 1 };
        });
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? $"{assembly.GetName().Version}";

    private static void Try(Diagnosis diagnosis, string problem, Action look)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or OnnxRuntimeException
            or ArgumentException or InvalidOperationException)
        {
            diagnosis.Problems.Add($"{problem}: {e.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }
}
