using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>Small trainings on the shipped pictures.</summary>
internal static class FashionTraining
{
    /// <summary>Pictures and their classes as keys, in the order of the shipped models.</summary>
    public static IDataView View(MLContext context, IReadOnlyList<FashionPicture> pictures)
    {
        var rows = context.Data.LoadFromEnumerable(pictures.Select(p => new Row { Image = p.Path, Label = p.Label }));
        var names = context.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(n => new ClassName { Name = n }));
        return context.Transforms.Conversion.MapValueToKey("Label", keyData: names).Fit(rows).Transform(rows);
    }

    /// <summary>A training that takes a second or two.</summary>
    public static TrainingOptions Options(string folder, params int[] sizes)
    {
        var options = new TrainingOptions { OutputFolder = folder, Name = "fashion", Width = 8, Epochs = 2, BatchSize = 32, Threads = 1, PadAndCrop = 1 };
        foreach (var size in sizes)
        {
            options.Sizes.Add(size);
        }

        return options;
    }

    private sealed class Row
    {
        public string Image { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class ClassName
    {
        public string Name { get; set; } = "";
    }
}
