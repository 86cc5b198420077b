using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;
using Microsoft.ML.OtdRouting.Training.Adaptation;
using Microsoft.ML.OtdRouting.Training.Trainer;

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

    /// <summary>
    /// Trains a classifier at several input sizes at once, from labelled images: every batch passes at all sizes, and the mean of their cross-entropies is descended. One ONNX
    /// file is written for each size: input <c>image</c>, float [batch, 3, height, width], planar RGB of 0..255; outputs <c>logits</c> and <c>embedding</c>; normalisation folded
    /// into the convolutions; the names of the classes in the metadata, under <c>Microsoft.ML.OtdRouting.classes</c> as a JSON array.
    /// </summary>
    /// <remarks>
    /// Convolutions shared by all sizes with normalisations of each are those of Zhu et al. 2021, "Dynamic resolution network". Messages go to <see cref="MLContext.Log"/>. Images
    /// are read once and held in memory at the largest size in whole numbers, 3 bytes a pixel. TorchSharp's random state and number of threads are set during training, and put back after it;
    /// since there is one of each, trainings of a process follow one another.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Sizes, network, folder.</param>
    /// <param name="images">Rows with an image and its class as a key.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range, or there is no column of images or of keys.</exception>
    /// <exception cref="InvalidDataException">There is a checkpoint that is damaged, or of other options or images; the message names the difference.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read or has no class, there are too few of them, or the loss is no number any more.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded, or a network of your own does not write what it computes.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static TrainingResult Train(this OtdRoutingCatalog catalog, TrainingOptions options, IDataView images)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(images);
        options.Validate();
        return TrainingRun.Run(options.Freeze(), images, new RouterContext(catalog.Context));
    }

    /// <summary>
    /// An estimator that trains a classifier at several input sizes and fits a router over them: of the rows it is given it keeps a part back
    /// (<see cref="TrainingOptions.HeldBackFraction"/>), trains on the others, writes the files, and fits the router on what it has kept back.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="training">Sizes, network, folder, columns of images and labels.</param>
    /// <param name="router">
    /// Budget and all else of the router; null for the defaults. Its resolutions must be empty, and its image column, the way images are brought to size, their decoding, the
    /// label column and the cancellation are those of <paramref name="training"/>.
    /// </param>
    /// <returns>The estimator; what it fits is the same as that of <see cref="OtdRoutingCatalog.Route"/>.</returns>
    /// <exception cref="ArgumentException">An option is missing or out of range, or the router has resolutions already.</exception>
    public static OtdTrainingRouter Train(this OtdRoutingCatalog catalog, TrainingOptions training, OtdResolutionRouter.Options? router = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(training);
        return new OtdTrainingRouter(training, router ?? new OtdResolutionRouter.Options(), catalog);
    }
}
