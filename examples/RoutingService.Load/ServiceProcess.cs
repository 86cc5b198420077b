using System.Diagnostics;
using System.Reflection;

namespace RoutingService.Load;

/// <summary>The service as a process of its own, on a free port of the loopback interface.</summary>
public sealed class ServiceProcess : IDisposable
{
    private const string Listening = "Now listening on: ";
    private readonly Process _process;

    private ServiceProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts the service and waits until it listens. Its messages are printed.</summary>
    /// <param name="settings">Its command line.</param>
    /// <exception cref="InvalidOperationException">It has ended without listening.</exception>
    public static ServiceProcess Start(IEnumerable<string> settings)
    {
        var program = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ServiceProgram").Value!;
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", .. settings]) { RedirectStandardOutput = true })!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            Console.WriteLine($"  {line.Trim()}");
            var at = line.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                // Read on, or the service would wait for room in the pipe.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new ServiceProcess(process, new Uri(line[(at + Listening.Length)..]));
            }
        }

        process.WaitForExit();
        throw new InvalidOperationException($"The service ended with exit code {process.ExitCode} before it listened.");
    }

    /// <summary>Ends the service.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
