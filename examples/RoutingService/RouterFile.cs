using System.Diagnostics;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>The saved model that the service starts from.</summary>
public static class RouterFile
{
    /// <summary>Loads the router of a saved model; if there is no such file, fits a router and saves it first.</summary>
    public static OtdRoutingTransformer Open(MLContext ml, RouterSettings settings, BatchingSettings batching, ILogger logger)
    {
        var path = Path.Combine(AppContext.BaseDirectory, settings.ModelFile);
        if (!File.Exists(path))
        {
            logger.LogInformation("{Path} does not exist: fitting a router on {Count} pictures.", path, settings.FittingPictures);
            var clock = Stopwatch.StartNew();
            FitAndSave(ml, settings, path);
            logger.LogInformation("Fitted and saved in {Seconds:F0} s.", clock.Elapsed.TotalSeconds);
        }

        var scoring = new ScoringOptions
        {
            IntraOpNumThreads = settings.IntraOpNumThreads,
            // A cursor allocates a window of images at once; a batch never has more than these.
            BatchSize = batching.MaxBatch,
            WindowSize = batching.MaxBatch,
        };
        using var loaded = ml.OtdRouting().Load(path, out _, scoring).OfType<OtdRoutingTransformer>().Single();
        using var keeping = loaded.WithEnforcement(settings.KeepBudget ? BudgetEnforcement.Controlled : BudgetEnforcement.Calibrated);
        var router = keeping.WithDriftAlarms(settings.DriftAlarmRate);
        logger.LogInformation("Serving {Path}: routes {Routes}, budget {Budget:G6} {Unit} an image.",
            path, string.Join(", ", router.Routes.Select(r => r.Name)), router.Budget, router.CostUnit);
        return router;
    }

    private static void FitAndSave(MLContext ml, RouterSettings settings, string path)
    {
        var options = new OtdResolutionRouter.Options
        {
            Task = new ClassificationTask { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames },
            Budget = ComputeBudget.FractionOfLargest(settings.BudgetFraction),
        };
        foreach (var resolution in FashionPictures.Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        var pictures = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(settings.FittingPictures));
        var reader = ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
            .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
            .Fit(pictures);
        var images = reader.Transform(pictures);
        // The router alone is saved: the service has images, not paths and labels.
        using var router = ml.OtdRouting().Route(options).Fit(images);
        ml.OtdRouting().Save(router, images.Schema, path);
    }
}
