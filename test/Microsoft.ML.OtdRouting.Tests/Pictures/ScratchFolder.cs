namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>A folder of its own for the files of a test, deleted with it.</summary>
public sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("otd-routing-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
