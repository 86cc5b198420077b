using FashionData;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.Transforms.Onnx;

namespace ExistingPipeline;

/// <summary>The pipeline that was there, and what becomes of it. Both read <c>Path</c> and write <c>PredictedClass</c>.</summary>
public static class Pipelines
{
    /// <summary>One model, one size, one picture at a time.</summary>
    public static IEstimator<ITransformer> Before(MLContext ml) =>
        ml.Transforms.LoadImages("image", "", nameof(FashionPicture.Path))
            .Append(ml.Transforms.ResizeImages("image", 28, 28))
            .Append(ml.Transforms.ExtractPixels("image"))
            .Append(ml.Transforms.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = FashionPictures.ModelFile(28),
                InputColumns = ["image"],
                OutputColumns = ["logits"],
                IntraOpNumThreads = 1,
            }))
            .Append(ml.Transforms.CustomMapping<ModelLogits, PredictedPicture>(
                (model, picture) => picture.PredictedClass = FashionPictures.ClassNames[model.Logits.IndexOf(model.Logits.Max())], contractName: null));

    /// <summary>
    /// The same model at four sizes under a budget. The router resizes, extracts pixels, scores in batches and finds the most probable class. It has to
    /// be fitted, so the labels of the fitting pictures come in, as keys.
    /// </summary>
    public static IEstimator<ITransformer> After(MLContext ml, ComputeBudget budget)
    {
        var options = new OtdResolutionRouter.Options
        {
            ImageColumnName = "image",
            Task = new ClassificationTask { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames },
            Budget = budget,
            Scoring = { IntraOpNumThreads = 1 },
        };
        foreach (var resolution in FashionPictures.Resolutions)
        {
            options.Resolutions.Add(resolution);
        }

        return ml.Transforms.LoadImages("image", "", nameof(FashionPicture.Path))
            .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
            .Append(ml.OtdRouting().Route(options))
            .Append(ml.Transforms.Conversion.MapKeyToValue(nameof(PredictedPicture.PredictedClass), "PredictedLabel"));
    }
}
