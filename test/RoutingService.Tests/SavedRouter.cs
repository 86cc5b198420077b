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
        using var router = loaded.OfType<OtdRoutingTransformer>().Single();
        using var other = budget is null ? null : router.WithBudget(budget);
        var routes = (other ?? router).Routes;
        var images = ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path));
        var pictures = ml.Data.LoadFromEnumerable(Pictures);
        var routed = (other ?? router).Transform(images.Fit(pictures).Transform(pictures));
        VBuffer<ReadOnlyMemory<char>> names = default;
        routed.Schema["PredictedLabel"].GetKeyValues(ref names);
        var classes = names.DenseValues().Select(name => name.ToString()).ToArray();
        // Keys are counted from 1: 0 stands for a missing one.
        return ml.Data.CreateEnumerable<Scored>(routed, reuseRowObject: true)
            .Select(s => new ImagePrediction(classes[s.PredictedLabel - 1], s.Score.Max(), routes[(int)s.Route - 1].Name, routes[(int)s.Route - 1].Cost))
            .ToList();
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public uint Route { get; set; }
    }
}
