using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Detection: objects stand in a file of COCO or in a folder of Pascal VOC.</summary>
internal sealed class DetectionTool : ToolTask
{
    private readonly Option<string?> _classes;
    private readonly Option<string?> _annotations = Annotations("--annotations", "Detection: the objects in the images of --images; without it the largest resolution's boxes take their place.");
    private readonly Option<string?>? _testAnnotations;
    private readonly Option<string> _form = new("--output-form")
    {
        Description = "Detection: what the models' output holds: [1, 4 + C, N] (class-scores), [1, N, 5 + C] (objectness) or [1, N, 6] after suppression (detections).",
        DefaultValueFactory = _ => "class-scores",
    };

    private readonly Option<string> _format = new("--box-format")
    {
        Description = "Detection: what the numbers of a box are.",
        DefaultValueFactory = _ => "centre-size",
    };

    private readonly Option<bool> _logits = new("--logits") { Description = "Detection: the scores are logits." };

    /// <param name="classes"><c>--classes</c>.</param>
    /// <param name="tests">Whether the command has test images, too.</param>
    public DetectionTool(Option<string?> classes, bool tests)
        : base("detection")
    {
        _classes = classes;
        _testAnnotations = tests ? Annotations("--test-annotations", "Detection: the objects in the images of --test.") : null;
        _form.AcceptOnlyFromAmong("class-scores", "objectness", "detections");
        _format.AcceptOnlyFromAmong("corners", "centre-size", "grid-offsets", "grid-distances");
    }

    public override IEnumerable<Option> Options => [_classes, _annotations, .. _testAnnotations is { } tests ? (Option[])[tests] : [], _form, _format, _logits];

    public override bool Made(DataViewSchema scored) => scored.GetColumnOrNull("PredictedBoundingBoxes") is not null;

    public override TaskImages Read(ParseResult options, string path, TaskImages? fitting, Action<FormattableString> warn)
    {
        Option<string?> option = fitting is null ? _annotations : _testAnnotations!;
        if (options.GetValue(option) is not { } annotations)
        {
            return fitting is null ? TaskImages.Unlabelled(ImageList.Read(path, labelled: false, warn))
                : throw new UsageException($"--task detection needs {option.Name}: without the objects in the images there is nothing to measure by.");
        }

        IReadOnlyList<string>? classes = fitting is { Classes.Count: > 0 } ? fitting.Classes : options.GetValue(_classes) is { } text ? ClassesArgument.Read(text) : null;
        return Read(path, annotations, option.Name, classes, fitting is null ? "--classes" : "--annotations");
    }

    public override TaskImages ReadFor(FittedRouter fitted, string path, string? annotations, Action<FormattableString> warn) => annotations is null
        ? throw new UsageException($"{fitted.File} finds objects; it needs --annotations: without the objects in the images there is nothing to measure by.")
        : Read(path, annotations, _annotations.Name, fitted.Classes, fitted.File);

    /// <summary>Reads the images of a folder with the objects in them.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="annotations">The objects.</param>
    /// <param name="option">The option that says where they are.</param>
    /// <param name="known">The classes; null for those of the objects, in alphabetical order.</param>
    /// <param name="owner">Where the classes come from.</param>
    private static TaskImages Read(string path, string annotations, string option, IReadOnlyList<string>? known, string owner)
    {
        if (!Directory.Exists(path))
        {
            throw new DataException($"{path} is no folder; with {option}, images are the folder that the files named there are in.");
        }

        IReadOnlyList<AnnotatedImage> rows = ReadAnnotations(annotations, path);
        IReadOnlyList<string> labels = [.. rows.SelectMany(r => r.Label).Distinct().Order(StringComparer.Ordinal)];
        IReadOnlyList<string> classes = known ?? labels;
        if (labels.FirstOrDefault(l => !classes.Contains(l)) is { } stranger)
        {
            throw new DataException($"{annotations}: label '{stranger}' is no class of {owner}; its classes are {NameList.Of(classes)}.");
        }

        ImageList images = ImageList.Of(path, [.. rows.Select(r => new LabelledImage(r.Image, "", r.Image))]);
        return new TaskImages(
            images, classes, true, (context, places, progress, cancellation) => View(context, [.. places.Select(place => rows[place])], classes, progress, cancellation))
        {
            Objects = [.. rows.Select(row => row.Ignored.Count(kind => kind == 0))],
        };
    }

    public override void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images)
    {
        router.ImageFit = ImageFit.Letterbox;
        router.Task = new DetectionTask
        {
            LabelColumnName = nameof(BoxRow.Label),
            BoundingBoxColumnName = nameof(BoxRow.BoundingBoxes),
            IgnoredColumnName = nameof(BoxRow.Ignored),
            LabelFree = !images.HasTruth,
            ClassNames = images.HasTruth ? images.Classes : options.GetValue(_classes) is { } text ? ClassesArgument.Read(text) : null,
            ScoresAreLogits = options.GetValue(_logits),
            Output = options.GetValue(_form) switch
            {
                "objectness" => DetectionOutput.Objectness,
                "detections" => DetectionOutput.Detections,
                _ => DetectionOutput.ClassScores,
            },
            BoxFormat = options.GetValue(_format) switch
            {
                "corners" => DetectionBoxFormat.Corners,
                "grid-offsets" => DetectionBoxFormat.GridOffsets,
                "grid-distances" => DetectionBoxFormat.GridDistances,
                _ => DetectionBoxFormat.CentreSize,
            },
        };
    }

    public override ScoreTable Table(ScoreRequest request)
    {
        request.Require(Name, top: false, arrays: null);
        return new BoxScores(request);
    }

    public override string MeasuresTitle => "AP by route and size of object";

    public override ExampleContents Show(ExampleRequest request) => BoxExamples.Show(request);

    /// <summary>An option for the objects in images.</summary>
    public static Option<string?> Annotations(string name, string description) => new(name)
    {
        Description = $"{description} A file of COCO (.json), or a folder with files of Pascal VOC (.xml).",
        HelpName = "FILE|DIR",
    };

    private static IReadOnlyList<AnnotatedImage> ReadAnnotations(string annotations, string folder)
    {
        bool isFolder = Directory.Exists(annotations);
        if (!isFolder)
        {
            InputFile.Require(annotations, "a file of COCO (.json), or a folder with files of Pascal VOC (.xml)");
        }

        IReadOnlyList<AnnotatedImage> rows = isFolder ? DetectionAnnotations.ReadPascalVoc(annotations, folder) : DetectionAnnotations.ReadCoco(annotations, folder);
        return rows.Count == 0 ? throw new DataException($"{annotations} names no image.")
            : rows.FirstOrDefault(r => !File.Exists(r.Image)) is { } missing ? throw new DataException($"{annotations}: image {missing.Image} does not exist.")
            : rows;
    }

    private static IDataView View(
        MLContext context, IReadOnlyList<AnnotatedImage> rows, IReadOnlyList<string> classes, IProgress<int>? progress, CancellationToken cancellation)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(BoxRow));
        definition[nameof(BoxRow.Label)].ColumnType = new VectorDataViewType(new KeyDataViewType(typeof(uint), classes.Count));
        definition[nameof(BoxRow.Label)].AddAnnotation(
            "KeyValues",
            new VBuffer<ReadOnlyMemory<char>>(classes.Count, [.. classes.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, classes.Count));
        Dictionary<string, uint> keys = classes.Select((name, i) => (name, Key: (uint)i + 1)).ToDictionary(c => c.name, c => c.Key);
        return context.Data.LoadFromEnumerable(Rows(), definition);

        IEnumerable<BoxRow> Rows()
        {
            for (int i = 0; i < rows.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                AnnotatedImage row = rows[i];
                yield return new BoxRow { ImagePath = row.Image, Label = [.. row.Label.Select(l => keys[l])], BoundingBoxes = row.BoundingBoxes, Ignored = row.Ignored };
                progress?.Report(i + 1);
            }
        }
    }
}
