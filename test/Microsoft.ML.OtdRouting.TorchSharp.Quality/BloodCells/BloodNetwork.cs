namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>The detector of blood cells, at all sizes.</summary>
/// <param name="Files">The models by ascending size.</param>
internal sealed record BloodNetwork(IReadOnlyList<string> Files)
{
    /// <summary>Sizes, ascending, of the shape of the images.</summary>
    public static IReadOnlyList<InputSize> Sizes { get; } = [new(120, 160), new(180, 240), new(240, 320), new(312, 416)];

    /// <summary>The models as the library takes them.</summary>
    public IReadOnlyList<Resolution> Resolutions => [.. Files.Zip(Sizes, (file, size) => new Resolution(file, size.Height, size.Width) { OutputName = "detections" })];

    /// <summary>The task of the models.</summary>
    public static DetectionTask Task => new() { LabelColumnName = BloodImages.KeyColumn, ClassNames = BloodImages.ClassNames };

    /// <summary>Takes the models from the cache; null where they are not there.</summary>
    public static BloodNetwork? Open(MeasuringOptions options)
    {
        var files = Sizes.Select(size => Path.Combine(options.Cache, "bccd", $"bccd-{size.Name}.onnx")).ToList();
        return files.All(File.Exists) ? new BloodNetwork(files) : null;
    }
}
