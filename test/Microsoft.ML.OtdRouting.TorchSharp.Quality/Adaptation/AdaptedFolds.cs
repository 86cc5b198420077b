using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Quality;
using Microsoft.ML.OtdRouting.Quality.Images;

namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>
/// One model adapted several times, each time without one part of the images, so that every image can be scored by models that have not seen it. What was made stays on the disk.
/// </summary>
/// <param name="options">Where to.</param>
/// <param name="model">The model at its largest size.</param>
/// <param name="sizes">The smaller sizes.</param>
/// <param name="images">The images at the largest size.</param>
/// <param name="folds">Parts of the images.</param>
internal sealed class AdaptedFolds(MeasuringOptions options, Resolution model, int[] sizes, IImageSet images, int folds)
{
    private readonly int[] _order = Order(images.Count);

    /// <summary>Images of a part, in ascending order.</summary>
    public IReadOnlyList<int> Rows(int fold) => [.. _order.Where((_, i) => i % folds == fold).Order()];

    /// <summary>The models of a part, adapted on all other parts.</summary>
    /// <returns>By size: the file and what the adaptation said of it.</returns>
    public IReadOnlyList<AdaptedFile> Adapt(int fold)
    {
        var folder = Path.Combine(options.Cache, $"adapted-{folds}-{fold}");
        var summary = Path.Combine(folder, "summary.json");
        if (!File.Exists(summary))
        {
            Progress.Write($"Adapting without part {fold + 1} of {folds}.");
            var made = Run(folder, [.. _order.Where((_, i) => i % folds != fold)]);
            File.WriteAllText(summary, JsonSerializer.Serialize(made));
        }

        return JsonSerializer.Deserialize<List<AdaptedFile>>(File.ReadAllText(summary))!;
    }

    private List<AdaptedFile> Run(string folder, int[] rows)
    {
        var context = new MLContext(1);
        context.Log += (_, message) =>
        {
            if (message.RawMessage.Contains("kept back", StringComparison.Ordinal))
            {
                Progress.Write(message.RawMessage);
            }
        };
        var clock = new SizeClock();
        var adaptation = new AdaptationOptions { Model = model, OutputFolder = folder, Threads = options.Threads, Progress = clock };
        foreach (var size in sizes)
        {
            adaptation.Sizes.Add(size);
        }

        var result = context.OtdRouting().Adapt(adaptation, View(context, rows));
        return [.. result.Sizes.Select(s => new AdaptedFile(
            s.Resolution.Height, s.Resolution.ModelFile, result.TrainingImages, result.HeldBackImages, s.Before, s.After, s.IsAdapted,
            s.Time.TotalSeconds, clock.BusySeconds(s.Resolution.Name)))];
    }

    private IDataView View(MLContext context, int[] rows)
    {
        var definition = SchemaDefinition.Create(typeof(PixelRow));
        definition[nameof(PixelRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * model.Height * model.Width);
        return context.Data.LoadFromEnumerable(
            rows.Select(row =>
            {
                var pixels = new float[3 * model.Height * model.Width];
                images.Read(row, pixels);
                return new PixelRow { Image = pixels };
            }),
            definition);
    }

    private static int[] Order(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        new Random(17).Shuffle(order);
        return order;
    }
}
