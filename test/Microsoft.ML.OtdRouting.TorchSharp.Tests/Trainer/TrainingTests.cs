using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

public sealed class TrainingTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_short_training_makes_every_size_far_better_than_chance()
    {
        var options = FashionTraining.Options(_folder.File("out"), 28, 14);
        options.Width = 16;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        options.Epochs = 4;
        TrainingProgress? last = null;
        options.Progress = new Sync(p => last = p);
        var result = _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(1000)));
        Console.WriteLine($"{watch.Elapsed} {last}");
        foreach (var epoch in result.Epochs)
        {
            Console.WriteLine($"{epoch.Epoch} {epoch.Loss} {string.Join(' ', epoch.HeldBackAccuracy)} {string.Join(' ', epoch.HeldBackLoss)}");
        }
    }

    private sealed class Sync(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
