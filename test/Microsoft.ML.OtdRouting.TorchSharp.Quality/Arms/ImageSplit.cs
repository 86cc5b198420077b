using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>A set of images with classes: what networks are trained on, what routers are fitted on, and what both are tested on.</summary>
/// <param name="Name">Name, for files.</param>
/// <param name="Title">Name, for the report.</param>
/// <param name="Source">Where the images are from, and how many.</param>
/// <param name="Sizes">Sizes, ascending.</param>
/// <param name="Epochs">Epochs of every training.</param>
/// <param name="PadAndCrop">Pixels by which training images are moved at most.</param>
/// <param name="SkewedShares">Shares of a prior that is far from even, by ascending size.</param>
/// <param name="Training">Images to train on.</param>
/// <param name="Scored">Images that no network is trained on: first those for routers, then those for tests.</param>
/// <param name="FittingRows">How many of these are for routers.</param>
/// <param name="Arms">Ways of training that are measured on it.</param>
internal sealed record ImageSplit(
    string Name,
    string Title,
    string Source,
    IReadOnlyList<int> Sizes,
    int Epochs,
    int PadAndCrop,
    IReadOnlyList<double> SkewedShares,
    IImageSet Training,
    IImageSet Scored,
    int FittingRows,
    IReadOnlyList<TrainingArm> Arms)
{
    private const int FashionTraining = 10_000;
    private const int FashionFitting = 5_000;
    private const int CifarFitting = 1_000;

    /// <summary>Height and width of the largest size.</summary>
    public int Largest => Sizes[^1];

    public int[] Fitting => [.. Enumerable.Range(0, FittingRows)];

    public int[] Test => [.. Enumerable.Range(FittingRows, Scored.Count - FittingRows)];

    /// <summary>Fashion-MNIST; null where it is not there.</summary>
    public static ImageSplit? Fashion(MeasuringOptions options)
    {
        if (!File.Exists(Path.Combine(options.Fashion, "train-images-idx3-ubyte.gz")))
        {
            return null;
        }

        var unseen = new FashionImages(options.Fashion);
        // Behind the fitting rows come those of the training file that are not needed, then the test file.
        var test = FashionImages.LastTrainingRow + 1 - FashionImages.FirstUnseenRow;
        return new ImageSplit(
            "fashion",
            "Fashion-MNIST",
            $"Networks are trained on the first {FashionTraining:N0} images of the training file, routers fitted on rows {FashionImages.FirstUnseenRow:N0} to {FashionImages.FirstUnseenRow + FashionFitting - 1:N0} of it; " +
            $"all are tested on the {unseen.Count - test:N0} official test images.",
            [10, 14, 20, 28],
            Epochs: 8,
            PadAndCrop: 2,
            [0.05, 0.15, 0.4, 0.4],
            FashionImages.First(options.Fashion, FashionTraining),
            new ImageSubset(unseen, [.. Enumerable.Range(0, FashionFitting), .. Enumerable.Range(test, unseen.Count - test)]),
            FashionFitting,
            TrainingArm.All);
    }

    /// <summary>A small part of CIFAR-10; null where it is not there.</summary>
    public static ImageSplit? Cifar(MeasuringOptions options)
    {
        string[] files = [.. new[] { "fit", "test" }.Select(part => Path.Combine(options.Shared, "data", $"cifar10-{part}.zip"))];
        if (!files.All(File.Exists))
        {
            return null;
        }

        var images = new ZippedImages(32, files);
        var test = images.Starts[1];
        var order = Enumerable.Range(0, test).ToArray();
        new Random(17).Shuffle(order);
        return new ImageSplit(
            "cifar",
            "A small part of CIFAR-10",
            $"Networks are trained on {test - CifarFitting:N0} images, a twelfth of what CIFAR-10 has for training, and routers fitted on {CifarFitting:N0} others; " +
            $"all are tested on {images.Count - test:N0}. With so few images the networks are far from what they can be.",
            [16, 24, 32],
            Epochs: 10,
            PadAndCrop: 4,
            [0.05, 0.25, 0.7],
            new ImageSubset(images, [.. order[CifarFitting..].Order()]),
            new ImageSubset(images, [.. order[..CifarFitting].Order(), .. Enumerable.Range(test, images.Count - test)]),
            CifarFitting,
            [.. TrainingArm.All.Where(arm => !arm.IsBetween)]);
    }

    /// <summary>The images to train on as the library takes them.</summary>
    public IDataView View(MLContext context)
    {
        var definition = SchemaDefinition.Create(typeof(LabelledRow));
        definition[nameof(LabelledRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * Largest * Largest);
        return context.Data.LoadFromEnumerable(
            Enumerable.Range(0, Training.Count).Select(row =>
            {
                var pixels = new float[3 * Largest * Largest];
                Training.Read(row, pixels);
                return new LabelledRow { Image = pixels, Label = (uint)Training.Label(row) };
            }),
            definition);
    }
}
