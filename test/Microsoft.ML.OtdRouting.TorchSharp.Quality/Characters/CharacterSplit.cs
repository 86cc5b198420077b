using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>Omniglot in four parts: no character of one of the first two is in another part, nor is its alphabet.</summary>
/// <param name="Training">What the network is trained on.</param>
/// <param name="Fitting">What routers are fitted on.</param>
/// <param name="Gallery">What is searched: the first drawers of the test alphabets.</param>
/// <param name="Queries">What is searched for: the other drawers of the same characters.</param>
internal sealed record CharacterSplit(
    IReadOnlyList<Character> Training, IReadOnlyList<Character> Fitting, IReadOnlyList<Character> Gallery, IReadOnlyList<Character> Queries)
{
    /// <summary>Height and width of the images.</summary>
    public const int Size = 105;

    /// <summary>Column of a view with the character as a key.</summary>
    public const string KeyColumn = "LabelKey";

    /// <summary>How many drawers of a character are in the gallery.</summary>
    public const int GalleryDrawers = 5;

    /// <summary>Alphabets of the training part by which routers are fitted.</summary>
    private static readonly string[] _fittingAlphabets = ["Balinese", "Early_Aramaic"];

    /// <summary>Reads the images; null where they are not there.</summary>
    public static CharacterSplit? Open(MeasuringOptions options)
    {
        var file = Path.Combine(options.Shared, "data", "omniglot.zip");
        if (!File.Exists(file))
        {
            return null;
        }

        using var archive = ZipFile.OpenRead(file);
        var parts = archive.Entries
            .Where(e => e.Name.EndsWith(".png", StringComparison.Ordinal))
            .OrderBy(e => e.FullName, StringComparer.Ordinal)
            .Select(Read)
            .ToLookup(c => c.Part, c => c.Character);
        // Queries come mixed: sorted ones would share their windows with the same few characters alone.
        var queries = parts["test"].Where(c => c.Drawer > GalleryDrawers).ToArray();
        new Random(17).Shuffle(queries);
        return new CharacterSplit(
            [.. parts["train"].Where(c => !_fittingAlphabets.Contains(c.Alphabet))],
            [.. parts["train"].Where(c => _fittingAlphabets.Contains(c.Alphabet))],
            [.. parts["test"].Where(c => c.Drawer <= GalleryDrawers)],
            queries);
    }

    /// <summary>Characters as the library takes them, with keys in the column <see cref="KeyColumn"/>.</summary>
    /// <param name="context">Makes the view.</param>
    /// <param name="characters">The characters.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="turns">How often each image is there, every time turned by another 90°; turned, it is a character of its own.</param>
    public static IDataView View(MLContext context, IReadOnlyList<Character> characters, int size = Size, int turns = 1)
    {
        var definition = SchemaDefinition.Create(typeof(CharacterRow));
        definition[nameof(CharacterRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * size * size);
        var rows = characters.SelectMany(c => Enumerable.Range(0, turns).Select(turn => new CharacterRow
        {
            Image = Pixels(c.Ink, turn, size),
            Label = turn == 0 ? c.Name : $"{c.Name}, turned {turn}",
        }));
        var view = context.Data.LoadFromEnumerable(rows, definition);
        return context.Transforms.Conversion.MapValueToKey(KeyColumn, nameof(CharacterRow.Label)).Fit(view).Transform(view);
    }

    /// <summary>Alphabets and how many characters and images they have, in words.</summary>
    public static string Describe(IEnumerable<Character> characters)
    {
        var all = characters.ToList();
        var alphabets = all.Select(c => c.Alphabet.Replace('_', ' ')).Distinct();
        return $"{string.Join(", ", alphabets)}: {all.Select(c => c.Name).Distinct().Count():N0} characters, {all.Count:N0} images";
    }

    /// <summary>Planar RGB of a character, turned by so many times 90°, at a size.</summary>
    private static float[] Pixels(byte[] ink, int turn, int size)
    {
        var pixels = new float[3 * Size * Size];
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var (row, column) = turn switch
                {
                    0 => (y, x),
                    1 => (x, Size - 1 - y),
                    2 => (Size - 1 - y, Size - 1 - x),
                    _ => (Size - 1 - x, y),
                };
                var value = ink[(row * Size) + column];
                var at = (y * Size) + x;
                pixels[at] = pixels[(Size * Size) + at] = pixels[(2 * Size * Size) + at] = value;
            }
        }

        if (size == Size)
        {
            return pixels;
        }

        var resizer = new ImageResizer(Size, Size, size, size);
        var resized = new float[3 * size * size];
        resizer.Resize(pixels, resized, TargetPlane.Rgb, new float[resizer.ScratchLength]);
        return resized;
    }

    /// <summary>Reads an entry such as <c>omniglot/test/Tagalog/character01/0910_07.png</c>.</summary>
    private static (string Part, Character Character) Read(ZipArchiveEntry entry)
    {
        var names = entry.FullName.Split('/');
        var drawer = int.Parse(Path.GetFileNameWithoutExtension(entry.Name).Split('_')[1]);
        using var content = new MemoryStream();
        using (var stream = entry.Open())
        {
            stream.CopyTo(content);
        }

        content.Position = 0;
        using var image = MLImage.CreateFromStream(content);
        var pixels = new float[3 * Size * Size];
        new PixelReader(Size, Size, ImageFit.CenterCrop).Read(image, pixels);
        // The three colours are the same.
        return (names[^4], new Character(names[^3], $"{names[^3]} {names[^2]}", drawer, [.. pixels.Take(Size * Size).Select(p => (byte)(255 - p))]));
    }
}
