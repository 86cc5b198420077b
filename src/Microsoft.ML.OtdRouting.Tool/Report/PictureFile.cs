using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Encodes pictures by the one way in which ML.NET does: to a file, which is there for as long as this object.</summary>
internal sealed class PictureFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("otd-thumbnails-");

    /// <summary>A picture as a data URI.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="exact">Whether all pixels stay as they are: in PNG, else in JPEG.</param>
    public string Encode(MLImage picture, bool exact)
    {
        string file = Path.Combine(_folder.FullName, exact ? "picture.png" : "picture.jpg");
        picture.Save(file);
        return $"data:image/{(exact ? "png" : "jpeg")};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}";
    }

    /// <summary>Removes the file.</summary>
    public void Dispose() => _folder.Delete(recursive: true);
}
