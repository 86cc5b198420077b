using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

namespace RoutingService.Tests;

/// <summary>A model file that the service has made, once for all tests, and what its router says about the first test pictures.</summary>
public sealed class SavedRouter : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("routing-service-");

    public string ModelFile => Path.Combine(_folder.FullName, "router.zip");

    public IReadOnlyList<FashionPicture> Pictures { get; } = FashionPictures.Test(40);

    public async Task InitializeAsync()
    {
        // There is no such file yet, so the service fits a router.
        await using var service = await RunningService.StartAsync(this, settings: ["--Router:FittingPictures", "800"]);
        Assert.True(File.Exists(ModelFile));
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A file in a folder that goes away with the tests.</summary>
    public string InFolder(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>What the saved router, or one for another budget, says without any service.</summary>
    public IReadOnlyList<ImagePrediction> Expected(ComputeBudget? budget = null)
    {
        var ml = new MLContext(seed: 1);
        using var loaded = ml.OtdRouting().Load(ModelFile, out _);
        var router = loaded.OfType<OtdRoutingTransformer>().Single();
        var current = new CurrentRouter(router);
        if (budget is not null)
        {
            current.SetBudget(budget);
        }

        using (current)
        {
            return new RouterScorer(ml, current).Score(Pictures.Select(p => MLImage.CreateFromFile(p.Path)).ToList());
        }
    }
}
