using System.Diagnostics;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Memory;

/// <summary>Rows that cost nothing to make, pixels as floats, through one cursor of a router.</summary>
internal static class StreamRun
{
    private const double Megabyte = 1 << 20;

    /// <summary>Scores rows.</summary>
    /// <param name="modelFile">The saved router.</param>
    /// <param name="rows">How many.</param>
    /// <returns>
    /// The most memory that the process has held, in MiB; and bytes that were allocated for a row over the last nine tenths, by everybody, beyond the row itself.
    /// </returns>
    public static (double Peak, double Allocated) Run(string modelFile, int rows)
    {
        var ml = new MLContext(seed: 1);
        using var model = ml.OtdRouting().Load(modelFile, out _);
        var images = Pixels(ml);
        var definition = SchemaDefinition.Create(typeof(PixelRow));
        definition[nameof(PixelRow.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, images[0].Image.Length);
        var scored = model.Transform(ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => images[i % images.Count]), definition));
        using var cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["PredictedLabel"], scored.Schema["Cost"]]);
        var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        VBuffer<float> scores = default;
        var (row, before) = (0, 0L);
        while (cursor.MoveNext())
        {
            score(ref scores);
            if (++row == rows / 10)
            {
                before = GC.GetTotalAllocatedBytes();
            }
        }

        if (row != rows)
        {
            throw new InvalidOperationException($"{row} rows came out of {rows}.");
        }

        var allocated = GC.GetTotalAllocatedBytes() - before;
        using var process = Process.GetCurrentProcess();
        return (process.PeakWorkingSet64 / Megabyte, (double)allocated / (rows - (rows / 10)));
    }

    private static List<PixelRow> Pixels(MLContext ml)
    {
        var pictures = ml.Data.LoadFromEnumerable(FashionPictures.Test().Take(1000));
        var pixels = ml.Transforms.LoadImages("Loaded", "", nameof(FashionPicture.Path))
            .Append(ml.Transforms.ResizeImages("Loaded", 28, 28))
            .Append(ml.Transforms.ExtractPixels("Image", "Loaded"))
            .Fit(pictures)
            .Transform(pictures);
        return [.. pixels.GetColumn<float[]>("Image").Select(image => new PixelRow { Image = image })];
    }

    private sealed class PixelRow
    {
        public float[] Image { get; set; } = [];
    }
}
