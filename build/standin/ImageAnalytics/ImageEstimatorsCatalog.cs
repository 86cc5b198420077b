using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using static Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace Microsoft.ML;

public static class ImageEstimatorsCatalog
{
    public static ImageLoadingEstimator LoadImages(
        this TransformsCatalog catalog, string outputColumnName, string? imageFolder, string? inputColumnName = null) =>
        Load(outputColumnName, imageFolder, inputColumnName, asImages: true);

    public static ImageLoadingEstimator LoadRawImageBytes(
        this TransformsCatalog catalog, string outputColumnName, string? imageFolder, string? inputColumnName = null) =>
        Load(outputColumnName, imageFolder, inputColumnName, asImages: false);

    public static ImageResizingEstimator ResizeImages(
        this TransformsCatalog catalog,
        string outputColumnName,
        int imageWidth,
        int imageHeight,
        string? inputColumnName = null,
        ResizingKind resizing = ResizingKind.IsoCrop,
        Anchor cropAnchor = Anchor.Center) =>
        new(
            new ImageResizingTransformer(
                [(outputColumnName, inputColumnName ?? outputColumnName)], imageWidth, imageHeight, resizing, cropAnchor));

    public static ImagePixelExtractingEstimator ExtractPixels(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName = null,
        ColorBits colorsToExtract = ColorBits.Rgb,
        ColorsOrder orderOfExtraction = ColorsOrder.ARGB,
        bool interleavePixelColors = false,
        float offsetImage = 0,
        float scaleImage = 1,
        bool outputAsFloatArray = true) =>
        new(new ImagePixelExtractingTransformer(
            [(outputColumnName, inputColumnName ?? outputColumnName)],
            new PixelLayout(colorsToExtract, orderOfExtraction, interleavePixelColors, offsetImage, scaleImage, outputAsFloatArray)));

    private static ImageLoadingEstimator Load(string outputColumnName, string? imageFolder, string? inputColumnName, bool asImages)
    {
        ImageLoadingTransformer.CheckFolder(imageFolder);
        return new(new ImageLoadingTransformer([(outputColumnName, inputColumnName ?? outputColumnName)], imageFolder, asImages));
    }
}
