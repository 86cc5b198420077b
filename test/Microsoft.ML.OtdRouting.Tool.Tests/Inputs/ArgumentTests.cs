using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Inputs;

public sealed class ArgumentTests
{
    [Fact]
    public void Models_have_a_file_and_a_size()
    {
        Option<ModelArgument[]> option = ModelArgument.Option(2);
        ModelArgument[] models = Parse(option, "--model", "a.onnx@10", "b@c.onnx@224x320").GetValue(option)!;
        Assert.Equal([new ModelArgument("a.onnx", 10, 10), new ModelArgument("b@c.onnx", 224, 320)], models);
        Resolution resolution = models[1].ToResolution(ImagePreprocessing.None, ModelOutputKind.Probabilities);
        Assert.Equal(
            ("b@c.onnx", 224, 320, ModelOutputKind.Probabilities), (resolution.ModelFile, resolution.Height, resolution.Width, resolution.OutputKind));
        Assert.Equal(2, Parse(option, "-m", "a.onnx@10", "-m", "b.onnx@12").GetValue(option)!.Length);
    }

    [Theory]
    [InlineData("a.onnx")]
    [InlineData("a.onnx@")]
    [InlineData("a.onnx@0")]
    [InlineData("a.onnx@-3")]
    [InlineData("a.onnx@10x")]
    [InlineData("a.onnx@10x20x30")]
    [InlineData("a.onnx@70000")]
    public void A_malformed_model_is_refused(string text) =>
        Assert.Contains($"--model is '{text}'; expected FILE@SIZE", Parse(ModelArgument.Option(1), "--model", text).Errors.Single().Message);

    [Fact]
    public void Too_few_models_are_refused() =>
        Assert.Contains("given once; routing needs at least 2", Parse(ModelArgument.Option(2), "--model", "a.onnx@10").Errors.Single().Message);

    [Fact]
    public void Preprocessing_is_a_name_or_numbers()
    {
        Assert.Equal((1f, "0,0,0", "1,1,1"), Numbers(Preprocessing()));
        Assert.Equal((1f, "0,0,0", "1,1,1"), Numbers(Preprocessing("--preprocessing", "none")));
        Assert.Equal((1f / 255, "0,0,0", "1,1,1"), Numbers(Preprocessing("--preprocessing", "unit")));
        Assert.Equal((1f / 255, "0.485,0.456,0.406", "0.229,0.224,0.225"), Numbers(Preprocessing("--preprocessing", "imagenet")));
        Assert.Equal((1f, "127.5,127.5,127.5", "127.5,127.5,127.5"), Numbers(Preprocessing("--mean", "127.5", "--std", "127.5")));
        Assert.Equal((1 / 127.5f, "1,1,1", "1,1,1"), Numbers(Preprocessing("--scale", "1/127.5", "--mean", "1")));
        Assert.Equal((1f, "123.7,116.3,103.5", "58.4,57.1,57.4"), Numbers(Preprocessing("--mean", "123.7,116.3,103.5", "--std", "58.4,57.1,57.4")));
        ImagePreprocessing turned = Preprocessing("--preprocessing", "unit", "--bgr", "--nhwc");
        Assert.Equal((ChannelOrder.Bgr, PixelLayout.Interleaved, 1f / 255), (turned.ChannelOrder, turned.Layout, turned.Scale));
        ImagePreprocessing plain = Preprocessing();
        Assert.Equal((ChannelOrder.Rgb, PixelLayout.Planar), (plain.ChannelOrder, plain.Layout));
        Assert.Contains("--preprocessing unit names what", Assert.Throws<UsageException>(() => Preprocessing("--preprocessing", "unit", "--mean", "0")).Message);
    }

    [Theory]
    [InlineData("--scale", "0")]
    [InlineData("--scale", "1/0")]
    [InlineData("--scale", "1,2")]
    [InlineData("--mean", "1,2")]
    [InlineData("--mean", "x")]
    [InlineData("--std", "0")]
    [InlineData("--std", "1,1,-1")]
    [InlineData("--background", "-1")]
    [InlineData("--background", "first")]
    public void Numbers_that_make_no_sense_are_refused(string option, string text) =>
        Assert.Contains($"{option} is '{text}'; expected", Parse(new ModelArguments(0).Options, option, text).Errors.First().Message);

    /// <summary>Other libraries have (pixel − mean) · scale.</summary>
    [Fact]
    public void A_mean_of_pixels_beside_a_scale_is_refused()
    {
        string message = Assert.Throws<UsageException>(() => Preprocessing("--mean", "127.5", "--scale", "1/127.5")).Message;
        Assert.Contains("into -127.5..-125.5; 0 must be among them", message);
        Assert.Contains("(pixel * scale - mean) / std", message);
    }

    [Fact]
    public void Models_come_with_what_they_take_and_give()
    {
        ModelArguments models = new(least: 0);
        ParseResult options = Parse(models.Options, "-m", "a.onnx@10", "b.onnx@12", "--output", "probabilities", "--background", "0", "--nhwc");
        OtdResolutionRouter.Options router = models.ReadRouter(options);
        Assert.Equal(["a.onnx", "b.onnx"], router.Resolutions.Select(r => r.ModelFile));
        Assert.All(router.Resolutions, r => Assert.Equal((ModelOutputKind.Probabilities, PixelLayout.Interleaved), (r.OutputKind, r.Preprocessing.Layout)));
        ClassificationTask task = ClassificationTool.Task(["a", "b"], models.Background(options));
        Assert.Equal((0, false), (task.Background, task.MatchClasses));
        options = Parse(models.Options);
        Assert.Empty(models.ReadRouter(options).Resolutions);
        task = ClassificationTool.Task(null, models.Background(options));
        Assert.Equal((null, true), (task.Background, task.MatchClasses));
        Assert.NotEmpty(Parse(models.Options, "--output", "scores").Errors);
    }

    [Fact]
    public void Budgets_are_positive_numbers_in_a_unit()
    {
        Option<double[]> several = BudgetArgument.Several();
        Assert.Equal([0.2, 0.3, 1e6], Parse(several, "--budgets", "0.2,0.3,1e6").GetValue(several)!);
        Option<double?> one = BudgetArgument.One(required: true);
        Assert.Equal(0.5, Parse(one, "--budget", "0.5").GetValue(one));
        Assert.Equal("50.0 % of the largest resolution", BudgetArgument.ToBudget(0.5, "fraction").ToString().Replace("50.0%", "50.0 %"));
        Assert.Contains("FLOPs", BudgetArgument.ToBudget(5e6, "flops").ToString());
        Assert.Contains("ms", BudgetArgument.ToBudget(5, "ms").ToString());
        foreach (string bad in new[] { "0", "-1", "x", "NaN", "1e999" })
        {
            Assert.Contains($"--budget is '{bad}'; expected a positive number", Parse(one, "--budget", bad).Errors.Single().Message);
            Assert.Contains($"--budgets is '{bad}'", Parse(several, "--budgets", $"0.5,{bad}").Errors.Single().Message);
        }

        Assert.Single(Parse(BudgetArgument.Unit(), "--budget-unit", "joule").Errors);
    }

    [Fact]
    public void Classes_come_from_the_line_or_from_a_file()
    {
        Assert.Equal(["a", "b c"], ClassesArgument.Read("a, b c"));
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "a\r\nb, c\n\n");
        Assert.Equal(["a", "b, c"], ClassesArgument.Read(file));
        File.Delete(file);
        Assert.Contains("name 2 is empty", Assert.Throws<DataException>(() => ClassesArgument.Read("a,,b")).Message);
        Assert.Contains("'a' comes twice", Assert.Throws<DataException>(() => ClassesArgument.Read("a,b,a")).Message);
    }

    [Fact]
    public void Priors_are_checked_with_their_floor()
    {
        PriorArgument argument = new();
        RoutingPrior Read(params string[] line) => argument.Read(Parse(argument.Options, line));
        Assert.NotNull(Read());
        Assert.NotNull(Read("--prior", "budget-only", "--floor", "0.01"));
        Assert.NotNull(Read("--prior", "budget"));
        Assert.Contains("--floor belongs to", Assert.Throws<UsageException>(() => Read("--prior", "budget", "--floor", "0.01")).Message);
        Assert.Contains("expected budget-only, budget, or a file", Assert.Throws<UsageException>(() => Read("--prior", "uniform")).Message);
        Assert.Contains("none.npy does not exist", Assert.Throws<DataException>(() => Read("--prior", "none.npy")).Message);
    }

    private static ImagePreprocessing Preprocessing(params string[] line)
    {
        PreprocessingArguments arguments = new();
        ParseResult parsed = Parse(arguments.Options, line);
        Assert.Empty(parsed.Errors);
        return arguments.Read(parsed);
    }

    private static (float Scale, string Mean, string Deviation) Numbers(ImagePreprocessing preprocessing) => (
        preprocessing.Scale, FormattableString.Invariant($"{string.Join(',', preprocessing.Mean)}"), FormattableString.Invariant($"{string.Join(',', preprocessing.StandardDeviation)}"));

    private static ParseResult Parse(Option option, params string[] line) => Parse([option], line);

    private static ParseResult Parse(IEnumerable<Option> options, params string[] line)
    {
        RootCommand command = [];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        return command.Parse(line);
    }
}
