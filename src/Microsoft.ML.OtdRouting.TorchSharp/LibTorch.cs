using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>The native libraries that training runs on: libtorch, and TorchSharp's own on top of it.</summary>
public static partial class LibTorch
{
    /// <summary>Libraries in the order in which they are loaded, without the system's prefix and suffix.</summary>
    private static readonly string[] _libraries = ["torch_cpu", "LibTorchSharp"];

    /// <summary>Loads the libraries, or says in one message why they cannot be loaded and what to do.</summary>
    /// <exception cref="NotSupportedException">They cannot be loaded.</exception>
    public static void Require()
    {
        // Asked first: where they are missing, TorchSharp goes through NuGet's folder, copies half a gigabyte beside the program, and tells about it on the console.
        if (LoaderMessages() is { Count: > 0 } messages)
        {
            throw new NotSupportedException(Explain(messages, RuntimeInformation.RuntimeIdentifier));
        }

        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException)
        {
            throw new NotSupportedException("TorchSharp cannot be initialised, although its native libraries can be loaded; the inner exception has the reason.", e);
        }
    }

    /// <summary>Finds a GPU that libtorch can use, or says in one message why there is none and what to do.</summary>
    /// <returns>The device: CUDA's first one, or Apple's.</returns>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded, or finds no GPU.</exception>
    public static torch.Device RequireGpu()
    {
        Require();
        if (torch.cuda.is_available())
        {
            return torch.CUDA;
        }

        return torch.mps_is_available()
            ? torch.MPS
            : throw new NotSupportedException(
                $"libtorch finds no GPU. With one of NVIDIA, reference a package of libtorch for it in the application in place of that for processors (TorchSharp-cuda-linux or " +
                $"TorchSharp-cuda-windows) and install its driver; or train on the processor: {nameof(TrainingDevice)}.{nameof(TrainingDevice.Cpu)}.");
    }

    /// <summary>Puts what the system's loader says into words.</summary>
    /// <param name="loaderMessages">For every library that does not load its name and what the loader says.</param>
    /// <param name="system">Runtime identifier of this system.</param>
    internal static string Explain(IReadOnlyList<(string Library, string Message)> loaderMessages, string system)
    {
        var all = string.Join('\n', loaderMessages.Select(m => m.Message));
        if (MissingVersion().Match(all) is { Success: true } version)
        {
            var (name, family) = (version.Groups["version"].Value, version.Groups["family"].Value);
            return $"libtorch cannot be loaded: its libraries need {name} of the {(family == "GLIBC" ? "C library" : "C++ runtime (libstdc++)")}, which is newer than that of this system" +
                (family == "GLIBCXX" ? " (Debian 13 and Ubuntu 24.04 have it, Debian 12 and Ubuntu 22.04 do not). Use a newer system, or see docs/training.md of the repository for Debian 12." : ". Use a newer system.");
        }

        if (MissingLibrary().Match(all) is { Success: true } library)
        {
            return $"libtorch cannot be loaded: it needs the system's library {library.Groups["name"].Value}, which is not installed.";
        }

        if (loaderMessages.Any(m => m.Library == _libraries[0]))
        {
            return "libtorch cannot be loaded: it is not beside the program. Reference the package of the system in the application: libtorch-cpu-linux-x64, libtorch-cpu-win-x64, " +
                $"libtorch-cpu-osx-arm64 (this system is {system}), or a package with a GPU's, such as TorchSharp-cuda-linux.";
        }

        return $"TorchSharp cannot be loaded: it has no native library for this system ({system}), or one that does not fit the libtorch beside the program.";
    }

    private static List<(string Library, string Message)> LoaderMessages()
    {
        var messages = new List<(string, string)>();
        foreach (var library in _libraries)
        {
            try
            {
                NativeLibrary.Load(library, typeof(torch).Assembly, null);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                messages.Add((library, e.Message));
            }
        }

        return messages;
    }

    [GeneratedRegex(@"version `(?<version>(?<family>GLIBCXX|GLIBC|CXXABI)_[\d.]+)' not found")]
    private static partial Regex MissingVersion();

    /// <summary>A library that libtorch needs itself: those that are asked for by name alone are tried in several places, and not being in one of them says nothing.</summary>
    [GeneratedRegex(@"(?<name>lib(?!LibTorchSharp|torch)[\w+.-]+\.so[\d.]*): cannot open shared object file")]
    private static partial Regex MissingLibrary();
}
