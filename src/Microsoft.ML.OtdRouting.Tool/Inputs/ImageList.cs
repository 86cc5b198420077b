using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The images that a command works on: from a folder of class folders, or from a CSV or TSV file.</summary>
internal sealed class ImageList
{
    /// <summary>Column of <see cref="ToView"/> with the paths of the images.</summary>
    public const string PathColumn = nameof(ImageRow.ImagePath);

    /// <summary>Column of <see cref="ToView"/> with the labels, a key.</summary>
    public const string LabelColumn = nameof(ImageRow.Label);

    private ImageList(string source, IReadOnlyList<LabelledImage> images)
    {
        Source = source;
        Images = images;
        Labels = InOrder([.. images.Select(i => i.Label).Where(l => l.Length > 0).Distinct()]);
    }

    /// <summary>The folder or file as the user named it.</summary>
    public string Source { get; }

    /// <summary>The images, in a fixed order.</summary>
    public IReadOnlyList<LabelledImage> Images { get; }

    /// <summary>The labels that occur, whole numbers in their order, otherwise in alphabetical order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Images that something else has listed.</summary>
    public static ImageList Of(string source, IReadOnlyList<LabelledImage> images) => new(source, images);

    /// <summary>Reads a list.</summary>
    /// <param name="path">A folder of class folders, or a CSV or TSV file with the columns Path and Label.</param>
    /// <param name="labelled">Whether every image needs a label.</param>
    /// <param name="warn">Is told of images that are skipped.</param>
    /// <param name="truthColumn">The table's column that is read as the label.</param>
    /// <exception cref="DataException">The path does not exist or does not hold what it should.</exception>
    public static ImageList Read(string path, bool labelled = true, Action<FormattableString>? warn = null, string truthColumn = LabelColumn)
    {
        if (Directory.Exists(path))
        {
            return new ImageList(path, ImageFolder.Read(path, labelled, warn));
        }

        InputFile.Require(path, "a folder of class folders, or a CSV or TSV file with the columns Path and Label");
        return new ImageList(path, ImageTable.Read(path, labelled, truthColumn));
    }

    /// <summary>The same images in an order that is random but always the same: neighbours in a folder are of one class.</summary>
    public ImageList Shuffled()
    {
        LabelledImage[] images = [.. Images];
        new Random(1).Shuffle(images);
        return new ImageList(Source, images);
    }

    /// <summary>The first images.</summary>
    public ImageList Take(int count) => new(Source, [.. Images.Take(count)]);

    /// <summary>The images at some places, in that order.</summary>
    public ImageList Choose(IReadOnlyList<int> places) => new(Source, [.. places.Select(place => Images[place])]);

    /// <summary>Throws unless every label is one of the classes.</summary>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="owner">Whose classes they are.</param>
    /// <exception cref="DataException">A label is none of them; the message names the first image that has it.</exception>
    public void RequireLabels(IReadOnlyList<string> classes, string owner)
    {
        HashSet<string> known = [.. classes];
        if (Images.FirstOrDefault(i => i.Label.Length > 0 && !known.Contains(i.Label)) is { } stranger)
        {
            throw new DataException(
                $"{stranger.Path}: label '{stranger.Label}' is no class of {owner}; its classes are {NameList.Of(classes)}.");
        }
    }

    /// <summary>The images as ML.NET data, with the column <see cref="PathColumn"/> alone.</summary>
    /// <param name="context">The context.</param>
    /// <param name="progress">Is told, in each pass over the data, how many images have been read.</param>
    /// <param name="cancellation">Stops a pass.</param>
    public IDataView ToUnlabelledView(MLContext context, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(ImageRow));
        definition.Remove(definition[LabelColumn]);
        return context.Data.LoadFromEnumerable(Rows([], progress, cancellation), definition);
    }

    /// <summary>The images as ML.NET data, with the columns <see cref="PathColumn"/> and <see cref="LabelColumn"/>.</summary>
    /// <remarks>The keys are made here: a transform of ML.NET's would read ahead, and the progress would be that of reading paths.</remarks>
    /// <param name="context">The context.</param>
    /// <param name="classes">Names of the classes in the order of the label's keys.</param>
    /// <param name="progress">Is told, in each pass over the data, how many images have been read.</param>
    /// <param name="cancellation">Stops a pass.</param>
    public IDataView ToView(MLContext context, IReadOnlyList<string> classes, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(ImageRow));
        definition[LabelColumn].ColumnType = new KeyDataViewType(typeof(uint), classes.Count);
        definition[LabelColumn].AddAnnotation(
            "KeyValues",
            new VBuffer<ReadOnlyMemory<char>>(classes.Count, [.. classes.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, classes.Count));
        Dictionary<string, uint> places = classes.Select((name, i) => (name, Place: (uint)i)).ToDictionary(c => c.name, c => c.Place);
        return context.Data.LoadFromEnumerable(Rows(places, progress, cancellation), definition);
    }

    private IEnumerable<ImageRow> Rows(Dictionary<string, uint> places, IProgress<int>? progress, CancellationToken cancellation)
    {
        for (int i = 0; i < Images.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new ImageRow { ImagePath = Images[i].Path, Label = places.GetValueOrDefault(Images[i].Label, uint.MaxValue) };
            progress?.Report(i + 1);
        }
    }

    /// <summary>Whole numbers in their order; anything else in alphabetical order.</summary>
    private static string[] InOrder(string[] labels) => labels.All(l => int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        ? [.. labels.OrderBy(l => int.Parse(l, CultureInfo.InvariantCulture))]
        : [.. labels.Order(StringComparer.Ordinal)];
}
