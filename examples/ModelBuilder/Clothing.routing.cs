using Microsoft.ML;
using Microsoft.ML.OtdRouting;

namespace ModelBuilder;

public partial class Clothing
{
    /// <summary>Engine of the routed model; like every prediction engine, for one thread at a time.</summary>
    public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> RoutedEngine = new(CreateRoutedEngine, true);

    /// <summary>The routed model, beside that of Model Builder.</summary>
    public static readonly string RoutedModelPath = Path.GetFullPath("Clothing.routed.zip");

    /// <summary>The steps that Model Builder writes, with the router in place of the trainer.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="resolutions">The ONNX files and their sizes.</param>
    /// <param name="classNames">The classes in the order of the files' outputs.</param>
    public static IEstimator<ITransformer> BuildRoutedPipeline(MLContext mlContext, IEnumerable<Resolution> resolutions, IReadOnlyList<string> classNames)
    {
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = @"ImageSource",
            Task = new ClassificationTask { LabelColumnName = @"Label", ClassNames = classNames },
            Budget = ComputeBudget.FractionOfLargest(0.5),
        };
        foreach (var resolution in resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return mlContext.Transforms.Conversion.MapValueToKey(outputColumnName: @"Label", inputColumnName: @"Label")
            .Append(mlContext.OtdRouting().Route(options))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(outputColumnName: @"PredictedLabel", inputColumnName: @"PredictedLabel"));
    }

    /// <summary>Images of class folders, as Model Builder reads them.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="files">The image files; the folder's name is the class.</param>
    public static IDataView LoadImages(MLContext mlContext, IEnumerable<string> files) => mlContext.Data.LoadFromEnumerable(
        files.Select(file => new ModelInput { Label = Path.GetFileName(Path.GetDirectoryName(file)!), ImageSource = File.ReadAllBytes(file) }));

    /// <summary>Predicts one image by the routed model.</summary>
    /// <param name="input">The image.</param>
    public static ModelOutput PredictRouted(ModelInput input) => RoutedEngine.Value.Predict(input);

    private static PredictionEngine<ModelInput, ModelOutput> CreateRoutedEngine()
    {
        var mlContext = new MLContext();
        var model = mlContext.OtdRouting().Load(RoutedModelPath, out _);
        return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model);
    }
}
