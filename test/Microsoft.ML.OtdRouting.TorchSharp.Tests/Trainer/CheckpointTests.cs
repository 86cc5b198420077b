using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>The same bits, whether a training ran through or was stopped and went on.</summary>
[Collection(TorchState.Name)]
public sealed class CheckpointTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("shared")]
    [InlineData("plan")]
    [InlineData("in turn")]
    [InlineData("own")]
    public void A_resumed_training_ends_in_the_bits_of_one_that_ran_through(string kind)
    {
        var through = Train(Options("through", kind));
        var reports = new Reports();
        using var stop = new CancellationTokenSource();
        var stopped = Options("stopped", kind);
        (stopped.CheckpointFolder, stopped.CancellationToken) = (_folder.File("checkpoints"), stop.Token);
        // In the middle of the second epoch.
        stopped.Progress = new Reports(p => { if (p is { Epoch: 2, Done: >= 12 * 32 }) { stop.Cancel(); } });
        Assert.ThrowsAny<OperationCanceledException>(() => Train(stopped));
        Assert.False(File.Exists(_folder.File("stopped/fashion-14.onnx")));
        Assert.Equal(["training.checkpoint"], Directory.GetFiles(_folder.File("checkpoints")).Select(f => Path.GetFileName(f)!));

        var resumed = Options("resumed", kind);
        (resumed.CheckpointFolder, resumed.Progress) = (_folder.File("checkpoints"), reports);
        var result = Train(resumed);
        Assert.Equal(13 * 32, reports.All.First(r => r.Epoch > 0).Done);
        Assert.Equal(Numbers(through), Numbers(result));
        Assert.Equal(Files("through"), Files("resumed"));

        // What has ended is only written again.
        var again = Options("again", kind);
        again.CheckpointFolder = _folder.File("checkpoints");
        Assert.Equal(Numbers(through), Numbers(Train(again)));
        Assert.Equal(Files("through"), Files("again"));
    }

    [Fact]
    public void Another_seed_gives_other_bits()
    {
        var other = Options("other", "shared");
        other.Seed = 2;
        Assert.NotEqual(Numbers(Train(Options("one", "shared"))), Numbers(Train(other)));
    }

    [Fact]
    public void A_checkpoint_of_another_training_is_refused_and_the_difference_named()
    {
        Refuse(o => o.LearningRate = 0.1, "LearningRate is 0.3 there and 0.1 here");
        Refuse(o => o.Sizes.Add(12), "Sizes is 10, 14 there and 10, 12, 14 here");
        Refuse(o => o.PlanStrength = 0.2, "PlanStrength is 0 there and 0.2 here");
        Refuse(o => o.ImageFit = ImageFit.Stretch, null);
        var error = Assert.Throws<InvalidDataException>(() => Train(Checked(), pictures: 301));
        Assert.Contains("digest of images and truths is ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        Train(Checked());
        var file = _folder.File("checkpoints/training.checkpoint");
        var whole = File.ReadAllBytes(file);
        foreach (var place in new[] { 0, whole.Length / 2, whole.Length - 1 })
        {
            var bytes = (byte[])whole.Clone();
            bytes[place] ^= 1;
            File.WriteAllBytes(file, bytes);
            Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => Train(Checked())).Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(file, whole[..100]);
        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => Train(Checked())).Message, StringComparison.Ordinal);
    }

    private void Refuse(Action<TrainingOptions> change, string? message)
    {
        if (!File.Exists(_folder.File("checkpoints/training.checkpoint")))
        {
            Train(Checked());
        }

        var options = Checked();
        change(options);
        if (message is null)
        {
            // Pictures that are square already come out the same.
            Train(options);
            return;
        }

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Train(options)).Message, StringComparison.Ordinal);
    }

    private TrainingOptions Checked()
    {
        var options = Options("checked", "own");
        (options.CheckpointFolder, options.Epochs) = (_folder.File("checkpoints"), 1);
        return options;
    }

    private TrainingOptions Options(string folder, string kind)
    {
        var options = FashionTraining.Options(_folder.File(folder), 14, 10);
        options.Width = 8;
        switch (kind)
        {
            case "plan":
                (options.PlanStrength, options.DistillationWeight, options.LabelSmoothing) = (0.2, 0.5, 0.1);
                options.Colors = new ColorMixing { Brightness = 0.3, Contrast = 0.3, Saturation = 0.3 };
                break;
            case "in turn":
                options.SizesPerStep = 1;
                break;
            case "own":
                options.Network = settings => new OwnNetwork(settings);
                break;
        }

        return options;
    }

    private TrainingResult Train(TrainingOptions options, int pictures = 300) =>
        _context.OtdRouting().Train(options, FashionTraining.View(_context, FashionPictures.Fitting(pictures)));

    private static double[] Numbers(TrainingResult result) =>
        [.. result.Epochs.SelectMany(e => new[] { e.Epoch, e.Loss }.Concat(e.HeldBackAccuracy).Concat(e.HeldBackLoss).Concat(e.PlanShares))];

    private List<byte[]> Files(string folder) => [.. new[] { 10, 14 }.Select(size => File.ReadAllBytes(_folder.File($"{folder}/fashion-{size}.onnx")))];
}
