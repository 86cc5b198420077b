using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Makes small pictures that a page can hold.</summary>
/// <remarks>
/// Pictures are decoded and encoded anew, never copied: what cameras write into files besides pixels stays where it is.
/// </remarks>
internal sealed class Thumbnails
{
    /// <summary>Largest side in pixels.</summary>
    private const int MostPixels = 72;

    /// <summary>Up to this side pictures stay exact; larger ones are photographs, which JPEG holds in a fraction of the bytes.</summary>
    private const int MostExactPixels = 32;

    private readonly MLContext _context;
    private readonly ImageDecoder _decoder;

    /// <param name="context">Resizes.</param>
    /// <param name="decoder">Decodes.</param>
    /// <param name="largestSide">Side of the largest resolution: there is no more to see than the router saw.</param>
    public Thumbnails(MLContext context, ImageDecoder decoder, int largestSide)
    {
        // Tells ML.NET that a member of type MLImage is an image column of any size.
        DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
        _context = context;
        _decoder = decoder;
        Side = Math.Min(largestSide, MostPixels);
    }

    /// <summary>Side of a picture in which details do not matter.</summary>
    public int Side { get; }

    /// <summary>The pictures, in the order of their files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="shapeOf">Says how large a picture becomes.</param>
    public IReadOnlyList<Thumbnail> Make(IReadOnlyList<string> files, Func<MLImage, ThumbnailShape> shapeOf)
    {
        using PictureFile encoder = new();
        List<Thumbnail> thumbnails = [];
        foreach (string file in files)
        {
            using MLImage image = _decoder.Decode(file);
            ThumbnailShape shape = shapeOf(image);
            using MLImage picture = Resize(image, shape);
            thumbnails.Add(new Thumbnail(encoder.Encode(picture, Math.Max(shape.Width, shape.Height) <= MostExactPixels), image.Width, image.Height));
        }

        return thumbnails;
    }

    private MLImage Resize(MLImage image, ThumbnailShape shape)
    {
        IDataView one = _context.Data.LoadFromEnumerable([new Source { Image = image }]);
        return _context.Transforms.ResizeImages("Small", shape.Width, shape.Height, nameof(Source.Image), shape.Fit)
            .Fit(one).Transform(one).GetColumn<MLImage>("Small").Single();
    }

    private sealed class Source
    {
        public MLImage? Image { get; set; }
    }
}
