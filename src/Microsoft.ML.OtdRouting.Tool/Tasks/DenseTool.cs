using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Dense regression: the true map of an image is an array, named by the column <c>Target</c> of a table.</summary>
internal sealed class DenseTool : ToolTask
{
    private readonly Option<string> _loss = new("--loss")
    {
        Description = "Dense: what the router minimises; squared is for values of any sign, the others for values above 0, such as depths.",
        DefaultValueFactory = _ => "relative",
    };

    public DenseTool()
        : base("dense") => _loss.AcceptOnlyFromAmong("relative", "logarithm", "squared");

    public override IEnumerable<Option> Options => [_loss];

    public override bool Made(DataViewSchema scored) => scored.GetColumnOrNull("Prediction") is { Type: VectorDataViewType };

    public override TaskImages Read(ParseResult options, string path, TaskImages? fitting, Action<FormattableString> warn)
    {
        TaskImages images = Read(path, warn);
        return fitting is { HasTruth: true } && !images.HasTruth
            ? throw new DataException($"{path} has no targets, and the images that the router is fitted on have; expected a table with the columns Path and Target.")
            : fitting is { HasTruth: false } ? TaskImages.Unlabelled(images.List) : images;
    }

    public override TaskImages ReadFor(FittedRouter fitted, string path, string? annotations, Action<FormattableString> warn)
    {
        RequireNone(annotations);
        return Read(path, warn);
    }

    private static TaskImages Read(string path, Action<FormattableString> warn)
    {
        ImageList images = ImageList.Read(path, labelled: false, warn, truthColumn: "Target");
        string?[] targets = Directory.Exists(path) ? [] : Targets(images);
        if (!targets.Any(t => t is not null))
        {
            return TaskImages.Unlabelled(images);
        }

        (int height, int width) = Shape(targets);
        return new TaskImages(images, [], true, (context, rows, progress, cancellation) =>
        {
            SchemaDefinition definition = SchemaDefinition.Create(typeof(MapRow));
            definition[nameof(MapRow.Target)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, height, width);
            return context.Data.LoadFromEnumerable(Rows(images, targets, rows, height * width, progress, cancellation), definition);
        });
    }

    public override void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images) => router.Task = new DenseRegressionTask
    {
        TargetColumnName = images.HasTruth ? nameof(MapRow.Target) : null,
        Loss = options.GetValue(_loss) switch
        {
            "logarithm" => DenseLoss.SquaredLogarithm,
            "squared" => DenseLoss.Squared,
            _ => DenseLoss.AbsoluteRelative,
        },
    };

    public override ScoreTable Table(ScoreRequest request)
    {
        request.Require(Name, top: false, arrays: "a folder, for an array of each image");
        return new MapScores(request);
    }

    public override ExampleContents Show(ExampleRequest request) => MapExamples.Show(request, (DenseRegressionTask)request.Options.Task);

    /// <summary>The files of the maps, relative to the table; null for an image without one.</summary>
    private static string?[] Targets(ImageList images)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(images.Source))!;
        return [.. images.Images.Select((image, i) => image.Label.Length == 0 ? null
            : Path.GetFullPath(image.Label, folder) is var file && File.Exists(file) ? file
            : throw new DataException($"{images.Source}, row {i + 1}: target {image.Label} does not exist in {folder}; paths are relative to the table."))];
    }

    /// <summary>The one shape of all maps.</summary>
    private static (int Height, int Width) Shape(string?[] targets)
    {
        (string First, int Height, int Width)? shape = null;
        foreach (string file in targets.OfType<string>())
        {
            (_, int height, int width) = NpyFile.ReadMap(file);
            shape ??= (file, height, width);
            if ((height, width) != (shape.Value.Height, shape.Value.Width))
            {
                throw new DataException($"{file} is a map of {height} × {width}, {shape.Value.First} one of {shape.Value.Height} × {shape.Value.Width}; expected one shape.");
            }
        }

        return (shape!.Value.Height, shape.Value.Width);
    }

    private static IEnumerable<MapRow> Rows(
        ImageList images, string?[] targets, IReadOnlyList<int> rows, int length, IProgress<int>? progress, CancellationToken cancellation)
    {
        float[] none = new float[length];
        Array.Fill(none, float.NaN);
        for (int i = 0; i < rows.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new MapRow { ImagePath = images.Images[rows[i]].Path, Target = targets[rows[i]] is { } file ? NpyFile.ReadMap(file).Values : none };
            progress?.Report(i + 1);
        }
    }
}
