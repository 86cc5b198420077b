using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>What does not fit is said before training, and names what it is about.</summary>
[Collection(TorchState.Name)]
public sealed class TrainingDoorTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Refuse<ArgumentException>(o => o.OutputFolder = " ", "OutputFolder is missing");
        Refuse<ArgumentException>(o => o.Name = "a/b", "Name is 'a/b'");
        Refuse<ArgumentException>(o => o.Sizes.Clear(), "Sizes is []");
        Refuse<ArgumentException>(o => o.Sizes.Add(8), "Sizes is [8, 8]; expected distinct sizes from 4 to 4096 pixels.");
        Refuse<ArgumentException>(o => o.Sizes.Add(3), "Sizes is [8, 3]");
        Refuse<ArgumentException>(o => o.Sizes.Add(new InputSize(4, 9)), "Sizes is [8, 4x9]; one of them must be the largest in height and in width");
        Refuse<ArgumentOutOfRangeException>(o => o.Width = 12, "Width is 12; it must be a multiple of 8 up to 1024.");
        Refuse<ArgumentOutOfRangeException>(o => o.Backbone = (Backbone)9, "Backbone is 9; it must be ResNet8 or");
        Refuse<ArgumentOutOfRangeException>(o => o.Epochs = 0, "Epochs is 0; it must be at least 1.");
        Refuse<ArgumentOutOfRangeException>(o => o.BatchSize = 1, "BatchSize is 1; it must be at least 2.");
        Refuse<ArgumentOutOfRangeException>(o => o.SizesPerStep = 2, "SizesPerStep is 2; it must be from 1 to 1, the number of sizes.");
        Refuse<ArgumentException>(o => { o.Sizes.Add(16); (o.SizesPerStep, o.SeparateNetworks) = (1, true); }, "SizesPerStep is 1 of 2; with SeparateNetworks every step needs all sizes.");
        Refuse<ArgumentException>(o => { o.Sizes.Add(16); (o.SizesPerStep, o.DistillationWeight) = (1, 0.5); }, "SizesPerStep is 1 of 2; with DistillationWeight every step needs all sizes.");
        Refuse<ArgumentOutOfRangeException>(o => o.LearningRate = double.NaN, "LearningRate is NaN");
        Refuse<ArgumentOutOfRangeException>(o => o.Momentum = 1, "Momentum is 1");
        Refuse<ArgumentOutOfRangeException>(o => o.WeightDecay = -1, "WeightDecay is -1");
        Refuse<ArgumentOutOfRangeException>(o => o.WarmUpShare = 0.6, "WarmUpShare is 0.6; it must be from 0 to 0.5.");
        Refuse<ArgumentOutOfRangeException>(o => o.Decay = (LearningRateDecay)2, "Decay is 2");
        Refuse<ArgumentOutOfRangeException>(o => o.LabelSmoothing = 1, "LabelSmoothing is 1");
        Refuse<ArgumentOutOfRangeException>(o => o.PadAndCrop = 8, "PadAndCrop is 8; it must be at least 0 and below the sides of the largest size, 8.");
        Refuse<ArgumentOutOfRangeException>(o => o.Colors.Contrast = 1.5, "Colors.Contrast is 1.5; it must be from 0 to 1.");
        Refuse<ArgumentOutOfRangeException>(o => o.DistillationWeight = -0.1, "DistillationWeight is -0.1");
        Refuse<ArgumentOutOfRangeException>(o => o.HeldBackFraction = 0.6, "HeldBackFraction is 0.6; it must be from 0 to 0.5.");
        Refuse<ArgumentOutOfRangeException>(o => o.Threads = 0, "Threads is 0; it must be from 1 to 1024.");
        Refuse<ArgumentOutOfRangeException>(o => o.CheckpointInterval = 0, "CheckpointInterval is 0");
    }

    [Fact]
    public void Options_of_the_plan_are_named()
    {
        Refuse<ArgumentOutOfRangeException>(o => o.PlanStrength = 0.3, "PlanStrength is 0.3; it must be from 0 to 0.25");
        Refuse<ArgumentException>(o => o.PlanPrior = RoutingPrior.Budget(), "PlanPrior is given, but PlanStrength is 0");
        Refuse<ArgumentException>(o => (o.PlanStrength, o.PlanPrior) = (0.1, RoutingPrior.BudgetOnly()), "does not say what share a size has; expected Budget or Explicit");
        Refuse<ArgumentException>(o => (o.PlanStrength, o.PlanPrior) = (0.1, RoutingPrior.Explicit([0.5, 0.5])), "PlanPrior has 2 numbers; there are 1 sizes: 8.");
        Refuse<ArgumentOutOfRangeException>(o => { o.Sizes.Add(16); (o.PlanStrength, o.PlanBudget) = (0.1, 0.2); }, "PlanBudget is 0.2; it must be from 0.25, the cost of the smallest size, to 1.");
    }

    [Fact]
    public void Columns_that_do_not_fit_are_named()
    {
        Refuse<ArgumentException>(o => o.ImageColumnName = "Picture", "There is no image column 'Picture'");
        Refuse<ArgumentException>(o => o.LabelColumnName = "Class", "There is no label column 'Class'");
        Refuse<ArgumentException>(o => o.LabelColumnName = "Image", "The label column 'Image' is");
        Refuse<ArgumentException>(_ => { }, "has keys of 1 classes; at least 2 are needed", labels: ["a", "a", "a"]);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_named()
    {
        Refuse<InvalidOperationException>(_ => { }, "column 'Label' has no class; expected a key from 1 to 2.", labels: ["a", "b", null]);
        Refuse<InvalidOperationException>(o => o.BatchSize = 4, "There are 3 images, of which 0 are kept back; training needs at least one batch (BatchSize is 4).");
        Refuse<InvalidOperationException>(o => o.HeldBackFraction = 1e-5, "Of 3 images none are kept back with HeldBackFraction 1E-05");
    }

    [Fact]
    public void Files_that_cannot_be_written_are_named()
    {
        File.WriteAllText(_folder.File("taken"), "");
        Refuse<IOException>(o => o.OutputFolder = _folder.File("taken"), "taken");
        Directory.CreateDirectory(_folder.File("out/model-8.onnx"));
        Refuse<IOException>(_ => { }, "model-8.onnx' cannot be written: it is a folder");
    }

    [Fact]
    public void A_network_that_does_not_write_what_it_computes_is_refused_before_training()
    {
        var reports = new Reports();
        Refuse<NotSupportedException>(
            o => (o.Network, o.Progress) = (settings => new OwnNetwork(settings, writesWrong: true), reports),
            "The network that was written at 8 gives other numbers in ONNX Runtime than in TorchSharp: 'logits' differs by");
        Assert.DoesNotContain(reports.All, r => r.Epoch > 0);
        Refuse<InvalidOperationException>(
            o => o.Network = settings => new OwnNetwork(settings with { Outputs = 5 }), "Network made a network of 5 outputs at 8; expected 2 outputs at 8.");
        Refuse<InvalidOperationException>(o => o.Network = _ => null!, "Network made none; expected 2 outputs at 8.");
    }

    [Fact]
    public void A_training_that_diverges_says_so() =>
        Refuse<InvalidOperationException>(o => (o.LearningRate, o.Epochs) = (1e30, 20), "The loss is no finite number any more in step");

    [Fact]
    public void A_training_that_was_cancelled_before_it_began_leaves_no_file()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => Train(Options(o => o.CancellationToken = new CancellationToken(canceled: true)), ["a", "b", "a"]));
        Assert.Empty(Directory.GetFiles(_folder.File("out")));
    }

    private void Refuse<T>(Action<TrainingOptions> change, string message, params string?[] labels)
        where T : Exception
    {
        var error = Assert.Throws<T>(() => Train(Options(change), labels.Length > 0 ? labels : ["a", "b", "a"]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private void Train(TrainingOptions options, string?[] labels)
    {
        var random = new Random(1);
        var rows = _context.Data.LoadFromEnumerable(labels.Select(l => new Row { Image = [.. Enumerable.Range(0, 192).Select(_ => 255 * random.NextSingle())], Label = l ?? "" }));
        var names = _context.Data.LoadFromEnumerable(labels.Where(l => l is not null).Distinct().Select(l => new Name { Text = l! }));
        _context.OtdRouting().Train(options, _context.Transforms.Conversion.MapValueToKey("Label", keyData: names).Fit(rows).Transform(rows));
    }

    private TrainingOptions Options(Action<TrainingOptions> change)
    {
        var options = new TrainingOptions { OutputFolder = _folder.File("out"), BatchSize = 2, Epochs = 1, Width = 8, HeldBackFraction = 0, Threads = 1, Sizes = { 8 } };
        change(options);
        return options;
    }

    private sealed class Row
    {
        [VectorType(192)]
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = "";
    }

    private sealed class Name
    {
        public string Text { get; set; } = "";
    }
}
