using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Memory;

/// <summary>Rows through one cursor of a router.</summary>
internal static class TransformerRun
{
    /// <summary>Scores rows and takes a sample after every tenth of them.</summary>
    /// <param name="modelFile">The saved router, whose image column holds images.</param>
    /// <param name="rows">How many.</param>
    public static Samples Run(string modelFile, int rows)
    {
        var ml = new MLContext(seed: 1);
        using var model = ml.OtdRouting().Load(modelFile, out _);
        var pictures = FashionPictures.Test();
        var images = ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path)).Fit(ml.Data.LoadFromEnumerable(pictures))
            .Transform(ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => pictures[i % pictures.Count])));
        var scored = model.Transform(images);
        var samples = new Samples("transformer");
        using var cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["PredictedLabel"], scored.Schema["Cost"]]);
        var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
        var label = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
        VBuffer<float> scores = default;
        uint key = 0;
        for (var row = 1; cursor.MoveNext(); row++)
        {
            score(ref scores);
            label(ref key);
            if (row % (rows / 10) == 0)
            {
                samples.Take(row);
            }
        }

        return samples;
    }
}
