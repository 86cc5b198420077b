using Microsoft.ML;
using Microsoft.ML.OtdRouting;

namespace FashionRouting;

public partial class FashionRouter
{
    /// <summary>The classes in the order of the models' outputs.</summary>
    public static readonly string[] ClassNames =
        ["T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle-boot"];

    /// <summary>What the models' outputs mean: one number for each of the classes.</summary>
    public static readonly ClassificationTask Task = new() { LabelColumnName = "LabelKey", ClassNames = ClassNames };

    /// <summary>Input sizes of the models.</summary>
    public static readonly int[] Sizes = [10, 14, 20, 28];

    /// <summary>Pictures are read from disk, routed and scored; the class and the route are given back as text.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="modelFolder">Folder with <c>fashion-resnet8-SIZE.onnx</c>.</param>
    /// <param name="budget">Mean cost of a picture.</param>
    public static IEstimator<ITransformer> BuildPipeline(MLContext mlContext, string modelFolder, ComputeBudget budget)
    {
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = "Image",
            Task = Task,
            Budget = budget,
        };
        foreach (var size in Sizes)
        {
            options.Resolutions.Add(new Resolution(Path.Combine(modelFolder, $"fashion-resnet8-{size}.onnx"), size));
        }

        return mlContext.Transforms.LoadImages("Image", "", nameof(ModelInput.Path))
            .Append(mlContext.Transforms.Conversion.MapValueToKey("LabelKey", nameof(ModelInput.Label)))
            .Append(mlContext.OtdRouting().Route(options))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(ModelOutput.PredictedClass), "PredictedLabel"))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(ModelOutput.RouteName), "Route"));
    }

    /// <summary>Trains the pipeline.</summary>
    public static ITransformer Train(MLContext mlContext, string modelFolder, IDataView trainData, ComputeBudget budget) =>
        BuildPipeline(mlContext, modelFolder, budget).Fit(trainData);
}
