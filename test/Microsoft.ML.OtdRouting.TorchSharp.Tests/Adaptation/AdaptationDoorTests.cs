using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Training.Tests.Graphs;

namespace Microsoft.ML.OtdRouting.Training.Tests.Adaptation;

/// <summary>What does not fit is said before any image is read, and names what it is about.</summary>
public sealed class AdaptationDoorTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Refuse<ArgumentException>(o => o.Model = null, "Model is missing");
        Refuse<ArgumentException>(o => o.OutputFolder = " ", "OutputFolder is missing");
        Refuse<ArgumentException>(o => o.Sizes.Clear(), "Sizes is []; expected distinct heights from 1 to 31");
        Refuse<ArgumentException>(o => o.Sizes.Add(16), "Sizes is [16, 16]");
        Refuse<ArgumentException>(o => o.Sizes.Add(32), "Sizes is [16, 32]");
        Refuse<ArgumentOutOfRangeException>(o => o.Epochs = 0, "Epochs is 0; it must be at least 1.");
        Refuse<ArgumentOutOfRangeException>(o => o.BatchSize = 0, "BatchSize is 0");
        Refuse<ArgumentOutOfRangeException>(o => o.LearningRate = double.NaN, "LearningRate is NaN");
        Refuse<ArgumentOutOfRangeException>(o => o.WeightLearningRate = 0, "WeightLearningRate is 0");
        Refuse<ArgumentOutOfRangeException>(o => o.WarmUpSteps = -1, "WarmUpSteps is -1");
        Refuse<ArgumentOutOfRangeException>(o => o.Temperature = 0.5, "Temperature is 0.5; it must be at least 1.");
        Refuse<ArgumentOutOfRangeException>(o => o.HeldBackFraction = 0.6, "HeldBackFraction is 0.6");
        Refuse<ArgumentOutOfRangeException>(o => o.Threads = 0, "Threads is 0; it must be from 1 to 1024.");
        Refuse<ArgumentOutOfRangeException>(o => o.Layers = (AdaptedLayers)9, "Layers is 9; it must be ScalesAndLastLayer or LastLayer or All.");
        Refuse<ArgumentException>(o => o.ImageColumnName = "Picture", "There is no image column 'Picture'");
    }

    [Fact]
    public void A_model_that_is_not_there_is_named() =>
        Refuse<FileNotFoundException>(o => o.Model = new Resolution(_folder.File("nothing.onnx"), 32), "nothing.onnx' not found");

    [Fact]
    public void A_file_where_the_folder_should_be_is_named()
    {
        File.WriteAllText(_folder.File("taken"), "");
        Refuse<IOException>(o => o.OutputFolder = _folder.File("taken"), "taken");
    }

    [Fact]
    public void Operators_that_cannot_be_trained_are_named()
    {
        var draft = Families.Draft("resnet");
        draft.Graph.Node.Insert(0, new() { OpType = "Round", Name = "rounding", Input = { "image" }, Output = { "whole" } });
        draft.Graph.Node[1].Input[0] = "whole";
        var file = draft.Save(_folder.Path, "rounding.onnx");
        Refuse<NotSupportedException>(o => o.Model = new Resolution(file, 32), "rounding.onnx' has operators that cannot be trained here: Round (node 'rounding')");
    }

    [Fact]
    public void A_size_at_which_the_model_does_not_run_is_named()
    {
        // A mean over a fixed window, as old exporters write it, fits one size alone.
        var draft = new GraphDraft(1);
        var x = draft.Node("AveragePool", [draft.Convolution("image", 3, 4, 3, 2)], OtdRouting.Models.GraphWriter.Integers("kernel_shape", 16, 16));
        x = draft.Node("Reshape", [x, draft.Numbers(-1, 4)]);
        var file = draft.Finish(draft.Node("Gemm", [x, draft.Weight([4, 3])]), 3).Save(_folder.Path);
        Refuse<InvalidDataException>(o => o.Model = new Resolution(file, 32), "draft.onnx' does not run at 16x16: ");
    }

    [Fact]
    public void Too_few_images_are_counted()
    {
        var e = Assert.Throws<InvalidOperationException>(() => _context.OtdRouting().Adapt(Options(), Images(20)));
        Assert.StartsWith("There are 20 images, of which ", e.Message);
    }

    [Fact]
    public void An_image_that_cannot_be_read_is_named_with_its_row()
    {
        File.WriteAllText(_folder.File("text.png"), "no image");
        var pictures = FashionPictures.Fitting(3).Append(new FashionPicture { Path = _folder.File("text.png") });
        var e = Assert.Throws<InvalidOperationException>(() => _context.OtdRouting().Adapt(Options(), _context.Data.LoadFromEnumerable(pictures)));
        Assert.StartsWith("Row 3 (", e.Message);
    }

    private void Refuse<T>(Action<AdaptationOptions> change, string text)
        where T : Exception
    {
        var options = Options();
        change(options);
        var e = Assert.ThrowsAny<T>(() => _context.OtdRouting().Adapt(options, Images(4)));
        Assert.Contains(text, e.Message);
    }

    private IDataView Images(int count) => _context.Data.LoadFromEnumerable(FashionPictures.Fitting(count));

    private AdaptationOptions Options() => new()
    {
        Model = new Resolution(Families.Draft("resnet").Save(_folder.Path, "net.onnx"), 32),
        Sizes = { 16 },
        OutputFolder = _folder.File("models"),
        ImageColumnName = "Path",
        Threads = 1,
    };
}
