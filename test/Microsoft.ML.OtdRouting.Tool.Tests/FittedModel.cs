using System.Text.Json;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>A router that <c>otd fit</c> has fitted once for the tests of several commands.</summary>
public sealed class FittedModel : IDisposable
{
    public FittedModel()
    {
        File = Path.Combine(Folder, "model.zip");
        Json = ToolRun.Json(["fit", "--images", ImageSets.Fit, .. ImageSets.Models(10, 14, 20), "--budget", "0.6", "--out", File]);
    }

    /// <summary>A folder of the tests'.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("otd-fitted-").FullName;

    /// <summary>The saved router.</summary>
    public string File { get; }

    /// <summary>What the command printed.</summary>
    public JsonElement Json { get; }

    public string At(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

[CollectionDefinition("fitted model")]
public sealed class FittedModelCollection : ICollectionFixture<FittedModel>;
