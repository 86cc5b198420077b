using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;
using Microsoft.ML.OtdRouting.Training.Adaptation;

namespace Microsoft.ML;

/// <summary>Extension methods that put training, which needs TorchSharp and libtorch, into the catalog of routing.</summary>
public static class OtdTrainingExtensions
{
    /// <summary>
    /// Adapts an ONNX classifier to smaller input sizes: at each of them a scale and a shift behind every convolution and the last layer are trained to the model's own
    /// answers at its largest size. The images need no labels. One ONNX file is written for each size: the same nodes with new constants, scale and shift folded
    /// into the convolutions. A size at which the images that are kept back do not come out better is written as it was, and a message says so.
    /// </summary>
    /// <remarks>
    /// Distillation from the large size to a small one is that of Suma and Tolias 2023, "Large-to-small image resolution asymmetry in deep metric learning", with the
    /// divergence of softened answers in place of that of embeddings. Messages go to <see cref="MLContext.Log"/>. Images are read once and held in memory at all
    /// sizes, 6 bytes a pixel.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Model, sizes, folder.</param>
    /// <param name="images">Rows with images; a thousand and more, like those that will be scored.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range, or there is no image column.</exception>
    /// <exception cref="FileNotFoundException">There is no such model.</exception>
    /// <exception cref="InvalidDataException">The model cannot be read, or does not run at one of the sizes.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read, or there are too few of them.</exception>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded, or the model has operators that cannot be trained; the message names them.</exception>
    /// <exception cref="OperationCanceledException">The adaptation was cancelled.</exception>
    public static AdaptationResult Adapt(this OtdRoutingCatalog catalog, AdaptationOptions options, IDataView images)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(images);
        options.Validate();
        return ModelAdaptation.Run(options.Freeze(), images, new RouterContext(catalog.Context));
    }
}
