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
    private readonly int _side;

    /// <param name="context">Resizes.</param>
    /// <param name="decoder">Decodes.</param>
    /// <param name="largestSide">Side of the largest resolution: there is no more to see than the router saw.</param>
    public Thumbnails(MLContext context, ImageDecoder decoder, int largestSide)
    {
        // Tells ML.NET that a member of type MLImage is an image column of any size.
        DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
        _context = context;
        _decoder = decoder;
        _side = Math.Min(largestSide, MostPixels);
    }

    /// <summary>The pictures as data URIs, in the order of their files.</summary>
    public IReadOnlyList<string> Make(IReadOnlyList<string> files)
    {
        IDataView images = _context.Data.LoadFromEnumerable(Decode(files));
        IDataView pictures = _context.Transforms.ResizeImages("Small", _side, _side, nameof(Source.Image), ImageResizingEstimator.ResizingKind.IsoCrop)
            .Fit(images).Transform(images);
        (string extension, string type) = _side <= MostExactPixels ? (".png", "image/png") : (".jpg", "image/jpeg");

        // The one way in which ML.NET encodes pictures is to a file.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("otd-thumbnails-");
        try
        {
            string file = Path.Combine(folder.FullName, "thumbnail" + extension);
            List<string> uris = [];
            DataViewSchema.Column column = pictures.Schema["Small"];
            using DataViewRowCursor cursor = pictures.GetRowCursor([column]);
            ValueGetter<MLImage> getPicture = cursor.GetGetter<MLImage>(column);
            MLImage picture = null!;
            while (cursor.MoveNext())
            {
                getPicture(ref picture);
                picture.Save(file);
                uris.Add($"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}");
            }

            picture?.Dispose();
            return uris;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Each image lives until the next is asked for.</summary>
    private IEnumerable<Source> Decode(IReadOnlyList<string> files)
    {
        foreach (string file in files)
        {
            using MLImage image = _decoder.Decode(file);
            yield return new Source { Image = image };
        }
    }

    private sealed class Source
    {
        public MLImage? Image { get; set; }
    }
}
