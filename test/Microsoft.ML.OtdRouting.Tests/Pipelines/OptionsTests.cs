using System.Reflection;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public class OptionsTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Theory]
    [InlineData(nameof(OtdResolutionRouter.Options.ImageColumnName))]
    [InlineData(nameof(ClassificationTask.LabelColumnName))]
    [InlineData(nameof(ClassificationTask.ScoreColumnName))]
    [InlineData(nameof(ClassificationTask.PredictedLabelColumnName))]
    [InlineData(nameof(OtdResolutionRouter.Options.RouteColumnName))]
    [InlineData(nameof(OtdResolutionRouter.Options.RouteScoresColumnName))]
    [InlineData(nameof(OtdResolutionRouter.Options.CostColumnName))]
    public void Column_names_are_not_empty(string option)
    {
        var options = colours.Options();
        object owner = typeof(ClassificationTask).GetProperty(option) is null ? options : options.Task;
        owner.GetType().GetProperty(option)!.SetValue(owner, " ");
        Assert.Contains(option, Refused<ArgumentException>(options).Message);
    }

    [Fact]
    public void Output_columns_differ()
    {
        var options = colours.Options();
        options.CostColumnName = "Score";
        Assert.Contains("Score", Refused<ArgumentException>(options).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_resolution_is_not_enough(int count)
    {
        var e = Refused<ArgumentException>(colours.OptionsWith([.. colours.Resolutions.Take(count)]));
        Assert.Contains("Resolutions", e.Message);
        Assert.Contains("at least two", e.Message);
    }

    [Fact]
    public void Thirteen_resolutions_are_too_many()
    {
        var options = new OtdResolutionRouter.Options();
        for (var size = 1; size <= 13; size++)
        {
            options.Resolutions.Add(new Resolution("model.onnx", size));
        }

        var e = Assert.Throws<ArgumentException>(() => new MLContext().Transforms.OtdRoute(options));
        Assert.Contains("13", e.Message);
        Assert.Contains("at most 12", e.Message);
    }

    [Fact]
    public void Names_of_resolutions_differ()
    {
        var e = Refused<ArgumentException>(colours.OptionsWith(colours.Resolutions[0], colours.Resolutions[1], new Resolution("other.onnx", 4)));
        Assert.Contains("named '4'", e.Message);
        Assert.Contains("other.onnx", e.Message);
        Assert.Contains("Resolution.Name", e.Message);
    }

    [Fact]
    public void Null_among_the_resolutions_is_refused() =>
        Assert.Contains("Resolutions", Refused<ArgumentException>(colours.OptionsWith(colours.Resolutions[0], null!)).Message);

    [Theory]
    [InlineData("FoldCount", 1)]
    [InlineData("FoldCount", 21)]
    [InlineData("MaxRouteSize", 0)]
    [InlineData("BatchSize", 0)]
    [InlineData("WindowSize", 0)]
    [InlineData("WindowSize", -3)]
    [InlineData("IntraOpNumThreads", -1)]
    [InlineData("IntraOpNumThreads", 1025)]
    [InlineData("IntraOpNumThreads", int.MaxValue)]
    [InlineData("GpuDeviceId", -1)]
    public void Numbers_are_in_range(string option, int value)
    {
        var options = colours.Options();
        object owner = typeof(ScoringOptions).GetProperty(option) is null ? options.Fitting : options.Scoring;
        var property = owner.GetType().GetProperty(option)!;
        var e = Assert.IsType<ArgumentOutOfRangeException>(Assert.Throws<TargetInvocationException>(() => property.SetValue(owner, value)).InnerException);
        Assert.Contains(option, e.Message);
        Assert.Contains($"{value}", e.Message);
    }

    [Theory]
    [InlineData("Prior")]
    [InlineData("Task")]
    [InlineData("Fitting")]
    [InlineData("Scoring")]
    [InlineData("Decoding")]
    public void Objects_are_not_null(string option)
    {
        var options = colours.Options();
        typeof(OtdResolutionRouter.Options).GetProperty(option)!.SetValue(options, null);
        Assert.Contains(option, Refused<ArgumentNullException>(options).Message);
    }

    [Theory]
    [InlineData("ImageFit", -1)]
    [InlineData("ImageFit", 3)]
    [InlineData("Enforcement", 7)]
    public void Names_that_do_not_exist_are_refused(string option, int value)
    {
        var options = colours.Options();
        var property = typeof(OtdResolutionRouter.Options).GetProperty(option)!;
        property.SetValue(options, Enum.ToObject(property.PropertyType, value));
        Assert.Contains($"{option} is {value}; it must be ", Refused<ArgumentOutOfRangeException>(options).Message);
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_rate_of_alarms_is_a_probability_below_one(double rate)
    {
        var options = colours.Options();
        options.DriftAlarmRate = rate;
        Assert.Contains($"DriftAlarmRate is {rate}; it must be at least 0 and below 1", Refused<ArgumentOutOfRangeException>(options).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => colours.Router.WithDriftAlarms(rate));
    }

    [Fact]
    public void Names_that_do_not_exist_are_refused_in_resolutions()
    {
        Assert.Contains(
            "OutputKind is 3; it must be Logits or",
            Assert.Throws<ArgumentOutOfRangeException>(() => new Resolution("a.onnx", 4) { OutputKind = (ModelOutputKind)3 }).Message);
        Assert.Contains(
            "ChannelOrder is -1; it must be Rgb or Bgr",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessing { ChannelOrder = (ChannelOrder)(-1) }).Message);
        Assert.Contains(
            "Layout is 2; it must be Planar or Interleaved",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ImagePreprocessing { Layout = (PixelLayout)2 }).Message);
        Assert.Contains(
            "format is 5", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Router.ExportToOnnx(Stream.Null, (ExportedImageFormat)5)).Message);
    }

    [Fact]
    public void Resolutions_need_a_name_and_preprocessing()
    {
        Assert.Contains("Preprocessing is null", Assert.Throws<ArgumentNullException>(() => new Resolution("a.onnx", 4) { Preprocessing = null! }).Message);
        Assert.Contains("Name is empty", Assert.Throws<ArgumentException>(() => new Resolution("a.onnx", 4) { Name = null! }).Message);
        Assert.Contains("Name is empty", Assert.Throws<ArgumentException>(() => new Resolution("a.onnx", 4) { Name = "" }).Message);
    }

    [Fact]
    public void Null_among_the_class_names_is_refused()
    {
        var options = colours.Options();
        options.Classification().ClassNames = ["red", null!, "blue"];
        Assert.Contains("ClassNames holds null", Refused<ArgumentException>(options).Message);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(2_796_203)]
    public void Windows_that_do_not_fit_into_an_array_are_refused_before_anything_is_scored(int rows)
    {
        var options = colours.Options();
        options.Scoring.WindowSize = rows;
        var message = Assert.Throws<ArgumentOutOfRangeException>(() => colours.Fit(options)).Message;
        Assert.Contains($"WindowSize is {rows}; with images of 768 floats it must be at most 2796202.", message);
    }

    [Theory]
    [InlineData(3 * 28 * 28, false, 256)]
    [InlineData(3 * 160 * 160, false, 109)]
    [InlineData(3 * 224 * 224, false, 55)]
    [InlineData(3 * 1024 * 1024, false, 32)]
    [InlineData(3 * 1024 * 1024, true, 256)]
    public void Windows_hold_as_many_rows_as_leave_memory_to_others(int imageLength, bool promised, int rows)
    {
        Assert.Equal(rows, new ScoringOptions().WindowRows(imageLength, promised));
        Assert.Equal(7, new ScoringOptions { WindowSize = 7 }.WindowRows(imageLength, promised));
    }

    [Theory]
    [InlineData(65_535, 65_535)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void Resolutions_that_do_not_fit_into_an_array_are_refused(int height, int width) => Assert.Contains(
        $"The resolution {height}x{width} has", Assert.Throws<ArgumentOutOfRangeException>(() => new Resolution("a.onnx", height, width)).Message);

    [Fact]
    public void Later_changes_of_the_options_do_not_reach_the_estimator()
    {
        var options = colours.Options();
        var estimator = colours.Context.OtdRouting().Route(options);
        options.Scoring.WindowSize = 1;
        options.Fitting.FoldCount = 2;
        options.Resolutions.Clear();
        options.Classification().LabelColumnName = "Absent";
        options.Budget = ComputeBudget.Flops(1);
        using var router = estimator.Fit(colours.WithKeys(colours.Fitting));
        Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
    }

    [Fact]
    public void Floors_and_priors_are_checked()
    {
        Assert.Contains("floor", Assert.Throws<ArgumentOutOfRangeException>(() => RoutingPrior.BudgetOnly(-0.1)).Message);
        Assert.Contains("floor", Assert.Throws<ArgumentOutOfRangeException>(() => RoutingPrior.BudgetOnly(1)).Message);
        AssertPriorRefused(RoutingPrior.BudgetOnly(0.3), "4 routes");
        AssertPriorRefused(RoutingPrior.Explicit([0.5, 0.5]), "4 routes");
        AssertPriorRefused(RoutingPrior.Budget([0.5, 0.25, 0.25]), "4 routes");
    }

    [Fact]
    public void Infeasible_budgets_name_both_bounds()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.FractionOfLargest(0.01);
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => colours.Fit(options));
        Assert.Contains("route 4)", e.Message);
        Assert.Contains("route 4+8+16)", e.Message);
        options.Budget = ComputeBudget.FractionOfLargest(3);
        Assert.Contains("route 4+8+16)", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Fit(options)).Message);
        Assert.Contains("route 4)", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Router.WithBudget(ComputeBudget.Flops(3))).Message);
    }

    [Fact]
    public void The_short_overload_is_the_same_router()
    {
        using var router = colours.Context.Transforms.OtdRoute(
            "Probabilities", "Image", "Key", colours.Resolutions, ComputeBudget.FractionOfLargest(0.6), ColourPictures.ClassNames).Fit(colours.WithKeys(colours.Fitting));
        Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
        Assert.NotNull(router.GetOutputSchema(colours.Test().Schema).GetColumnOrNull("Probabilities"));
    }

    private void AssertPriorRefused(RoutingPrior prior, string part)
    {
        var options = colours.Options();
        options.Prior = prior;
        Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => colours.Fit(options)).Message);
    }

    private TException Refused<TException>(OtdResolutionRouter.Options options)
        where TException : Exception => Assert.Throws<TException>(() => colours.Context.OtdRouting().Route(options));
}
