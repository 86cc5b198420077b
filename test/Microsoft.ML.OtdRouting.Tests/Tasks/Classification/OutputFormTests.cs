using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

/// <summary>Models that answer in another form than they are said to: refused before anything is fitted, with what to set.</summary>
public sealed class OutputFormTests(ColourRouter colours) : IClassFixture<ColourRouter>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Probabilities_that_are_said_to_be_logits()
    {
        var softmax = ColourModels.Write(_folder.Path, 16, "softmax", softmax: true);
        var e = Assert.Throws<ArgumentException>(() => Fit([colours.Resolutions[0], new Resolution(softmax, 16)]));
        AssertNames(e, "softmax.onnx", "'probabilities'", $"all {ColourRouter.FittingRows} rows", "OutputKind", "--output probabilities");
        e = Assert.Throws<ArgumentException>(() => Fit([.. Backgrounds(softmax: true, ModelOutputKind.Logits)], background: 1));
        AssertNames(e, "background-4.onnx", "OutputKind", "--output probabilities");
    }

    [Fact]
    public void Logits_that_are_said_to_be_probabilities()
    {
        var e = Assert.Throws<ArgumentException>(() => Fit([colours.Resolutions[0], new Resolution(colours.Resolutions[2].ModelFile, 16) { OutputKind = ModelOutputKind.Probabilities }]));
        AssertNames(e, "colour-16.onnx", "'logits'", "row 0", "OutputKind", "--output logits");
        e = Assert.Throws<ArgumentException>(() => Fit([.. Backgrounds(softmax: false, ModelOutputKind.Probabilities)], background: 1));
        AssertNames(e, "background-4.onnx", "OutputKind", "--output logits");
    }

    [Fact]
    public void An_output_too_many_asks_for_the_background()
    {
        var e = Assert.Throws<ArgumentException>(() => Fit([.. Backgrounds(softmax: false)]));
        AssertNames(e, "ClassNames has 3 names", "4 classes", "Background", "--background");
        var mixed = Assert.Throws<InvalidDataException>(() => Fit([colours.Resolutions[0], Backgrounds(softmax: false).Last()]));
        AssertNames(mixed, "colour-4.onnx' has 3", "background-16.onnx' has 4", "Background");
    }

    [Fact]
    public void A_background_must_be_one_of_the_outputs_and_no_class()
    {
        var e = Assert.Throws<ArgumentException>(() => Fit([.. colours.Resolutions], background: 0));
        AssertNames(e, "Background is 0", "3 classes, as many as the models have outputs");
        var outside = Assert.Throws<ArgumentOutOfRangeException>(() => Fit([.. Backgrounds(softmax: false)], background: 4));
        AssertNames(outside, "Background is 4", "background-", "expected 0 to 3");
        AssertNames(Assert.Throws<ArgumentOutOfRangeException>(() => Fit([.. colours.Resolutions], background: -1)), "Background is -1", "at least 0");
    }

    [Fact]
    public void Without_a_background_the_models_are_the_plain_ones()
    {
        var options = colours.OptionsWith([.. Backgrounds(softmax: true, ModelOutputKind.Probabilities)]);
        options.Classification().Background = 1;
        var trials = colours.Context.OtdRouting().Try(options, Keyed());
        var plain = colours.Context.OtdRouting().Try(colours.Options(), Keyed());
        Assert.Equal(plain.Select(t => t.Quality), trials.Select(t => t.Quality));
        Assert.All(trials, t => Assert.InRange(t.LeastOutput, 0, t.LargestOutput));
        Assert.All(trials, t => Assert.InRange(t.LargestOutput, t.LeastOutput, 1));
    }

    [Fact]
    public void A_trial_scores_as_a_fit_does_and_refuses_what_it_refuses()
    {
        var trials = colours.Context.OtdRouting().Try(colours.Options(), Keyed());
        Assert.Equal(["4", "8", "16"], trials.Select(t => t.Resolution.Name));
        Assert.All(trials, t => Assert.Equal((40, "accuracy"), (t.Rows, t.QualityName)));
        Assert.InRange(trials[2].Quality, 0.6, 1);
        Assert.InRange(trials[2].LargestOutput, 10, 60);
        var options = colours.Options();
        options.ImageColumnName = "Nothing";
        Assert.Contains("Nothing", Assert.Throws<ArgumentException>(() => colours.Context.OtdRouting().Try(options, Keyed())).Message);
        options = colours.OptionsWith([colours.Resolutions[0], new Resolution(ColourModels.Write(_folder.Path, 16, "softmax", softmax: true), 16)]);
        Assert.Contains("OutputKind", Assert.Throws<ArgumentException>(() => colours.Context.OtdRouting().Try(options, Keyed())).Message);
    }

    private IEnumerable<Resolution> Backgrounds(bool softmax, ModelOutputKind kind = ModelOutputKind.Logits) => ColourModels.Sizes.Select(size =>
        new Resolution(ColourModels.WithBackground(size, 1, softmax).Save(_folder.Path, $"background-{size}"), size) { OutputKind = kind });

    private IDataView Keyed()
    {
        var rows = colours.Load(ColourPictures.Rows(40, seed: 6));
        return colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(rows).Transform(rows);
    }

    private void Fit(Resolution[] resolutions, int? background = null)
    {
        var options = colours.OptionsWith(resolutions);
        options.Classification().Background = background;
        colours.Fit(options).Router.Dispose();
    }

    private static void AssertNames(Exception e, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, e.Message));
}
