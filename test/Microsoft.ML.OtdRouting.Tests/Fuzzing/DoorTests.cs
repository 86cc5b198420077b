using Microsoft.ML.OtdRouting.Tests.Pictures;
using SkiaSharp;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>What comes through a door is the right answer or one clear error of a promised type, soon.</summary>
public sealed class DoorTests(ITestOutputHelper output) : IDisposable
{
    private readonly Door _door = new(output);
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Images()
    {
        var random = new Random(11);
        var decoder = new ImageDecoder(new ImageDecodingOptions { MaxPixels = 10_000 });
        byte[][] files =
        [
            ImageFiles.Noise(40, 30, SKEncodedImageFormat.Jpeg), ImageFiles.Noise(40, 30, SKEncodedImageFormat.Png), ImageFiles.Noise(40, 30, SKEncodedImageFormat.Webp),
            ImageFiles.WithOrientation(ImageFiles.Noise(40, 30, SKEncodedImageFormat.Jpeg), 6), ImageFiles.PngOfSize(60_000, 60_000),
        ];
        await _door.Run("images", 2000, _ =>
        {
            using var image = decoder.Decode(Mutation.Of(files[random.Next(files.Length)], random));
            Assert.InRange(image.Width * image.Height, 1, 10_000);
        }, e => e is InvalidDataException);
    }

    [Fact]
    public async Task Models()
    {
        var random = new Random(12);
        var context = new MLContext(seed: 1);
        var scoring = new ScoringOptions { IntraOpNumThreads = 1 };
        var model = await File.ReadAllBytesAsync(ColourModels.Write(_folder.Path, 8));
        await _door.Run("ONNX models", 600, i =>
        {
            var file = _folder.File($"{i}.onnx");
            File.WriteAllBytes(file, Mutation.Of(model, random));
            var found = context.OtdRouting().Describe(new Resolution(file, 8), scoring);
            Assert.True(found.OutputLength > 0 && found.Flops > 0);
        }, e => e is InvalidDataException or NotSupportedException);
    }

    [Fact]
    public async Task Options()
    {
        var random = new Random(13);
        int[] numbers = [int.MinValue, -1, 0, 1, 2, 3, 20, 21, 1024, 1025, int.MaxValue];
        double[] fractions = [double.NaN, double.NegativeInfinity, -1, 0, double.Epsilon, 0.5, 1, 1e308, double.PositiveInfinity];
        int Number() => numbers[random.Next(numbers.Length)];
        double Fraction() => fractions[random.Next(fractions.Length)];
        await _door.Run("options", 800, _ =>
        {
            var options = new OtdResolutionRouter.Options { ImageFit = (ImageFit)random.Next(-1, 3), Enforcement = (BudgetEnforcement)random.Next(-1, 3) };
            options.Resolutions.Add(new Resolution("a.onnx", random.Next(3) == 0 ? Number() : 4) { OutputKind = (ModelOutputKind)random.Next(3) });
            options.Resolutions.Add(random.Next(6) == 0 ? null! : new Resolution(random.Next(6) == 0 ? "" : "b.onnx", 8));
            options.Budget = random.Next(3) == 0 ? ComputeBudget.FractionOfLargest(Fraction()) : ComputeBudget.Flops(1e6);
            options.Prior = random.Next(3) == 0 ? RoutingPrior.BudgetOnly(Fraction()) : RoutingPrior.BudgetOnly();
            options.Classification(random, Number);
            options.Scoring = random.Next(3) == 0
                ? new ScoringOptions { WindowSize = Number(), BatchSize = Number(), IntraOpNumThreads = Number() }
                : random.Next(6) == 0 ? null! : new ScoringOptions();
            options.Decoding = random.Next(3) == 0 ? new ImageDecodingOptions { MaxPixels = Number() } : random.Next(6) == 0 ? null! : new ImageDecodingOptions();
            Assert.NotNull(new MLContext().OtdRouting().Route(options));
        }, e => e is ArgumentException);
    }
}

internal static class RandomTask
{
    /// <summary>A task whose options may be anything.</summary>
    public static void Classification(this OtdResolutionRouter.Options options, Random random, Func<int> number)
    {
        var task = (ClassificationTask)options.Task;
        task.ClassNames = random.Next(4) switch { 0 => ["a", null!], 1 => ["a", "b"], _ => null };
        task.ScoreColumnName = random.Next(8) switch { 0 => null!, 1 => "", 2 => "Route", _ => "Score" };
        options.Fitting.FoldCount = random.Next(4) == 0 ? number() : 5;
    }
}
