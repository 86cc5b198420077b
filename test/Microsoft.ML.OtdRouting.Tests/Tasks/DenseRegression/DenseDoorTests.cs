using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;
using Microsoft.ML.OtdRouting.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

/// <summary>What does not fit is refused with an error that says what: options, columns, values, models, saved routers.</summary>
[Collection(nameof(Doors))]
public sealed class DenseDoorTests(Hills hills, ITestOutputHelper output) : IClassFixture<Hills>
{
    [Fact]
    public void Options_are_checked_at_the_door()
    {
        Refused<ArgumentException>(t => t.PredictionColumnName = " ", "PredictionColumnName");
        Refused<ArgumentException>(t => t.TargetColumnName = "", "TargetColumnName");
        Refused<ArgumentOutOfRangeException>(t => t.Loss = (DenseLoss)9, "AbsoluteRelative");
        Refused<ArgumentOutOfRangeException>(t => t.ScaleInvariance = 1.5f, "1.5");
        Refused<ArgumentOutOfRangeException>(t => t.ScaleInvariance = float.NaN, "ScaleInvariance");
        Refused<ArgumentOutOfRangeException>(t => t.KeptPixels = 15, "16");

        void Refused<T>(Action<DenseRegressionTask> change, string named)
            where T : ArgumentException
        {
            var task = new DenseRegressionTask();
            change(task);
            Assert.Contains(named, Assert.Throws<T>(() => hills.Context.OtdRouting().Route(hills.Options(task))).Message);
        }
    }

    [Fact]
    public void Columns_of_another_form_are_named()
    {
        var rows = hills.Load(Hills.Rows(20, seed: 1));
        string Refused(string column) =>
            Assert.Throws<ArgumentException>(() => hills.Context.OtdRouting().Route(hills.Options(new DenseRegressionTask { TargetColumnName = column })).Fit(rows)).Message;
        Assert.Contains("'Depth'", Refused("Depth"));
        Assert.Contains("Height", Refused("Depth"));
        var message = Refused("Image");
        Assert.Contains("12 × 16", message);
        Assert.Contains("576", message);
        Assert.Throws<ArgumentException>(() => hills.Context.Transforms.Conversion.MapValueToKey("Key", "Height")
            .Append(hills.Context.OtdRouting().Route(hills.Options(new DenseRegressionTask { TargetColumnName = "Key" }))).Fit(rows));
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_cannot_be_are_named_by_row_and_pixel(float value)
    {
        var rows = Hills.Rows(20, seed: 1);
        rows[13].Height[35] = value;
        var message = Assert.Throws<InvalidOperationException>(() => hills.Fit(new DenseRegressionTask { TargetColumnName = "Height" }, rows)).Message;
        Assert.Contains("ow 13", message);
        Assert.Contains("(2, 3)", message);
        if (float.IsFinite(value))
        {
            using var router = hills.Fit(new DenseRegressionTask { TargetColumnName = "Height", Loss = DenseLoss.Squared }, rows);
            Assert.Equal(3, router.Transform(hills.Load(rows)).Schema["Prediction"].Type is VectorDataViewType { Size: Hills.Height * Hills.Width } ? 3 : 0);
        }
    }

    [Fact]
    public void Outputs_that_are_no_maps_are_named()
    {
        var options = hills.Options(new DenseRegressionTask());
        options.Resolutions.Clear();
        options.Resolutions.Add(hills.Model(3, 4, 1, 0, "flat", graph => graph.Node("GlobalAveragePool", ["depth"], "pooled").Node("Flatten", ["pooled"], "output").Output("output")));
        options.Resolutions.Add(hills.Resolutions[^1]);
        var message = Assert.Throws<InvalidDataException>(() => hills.Context.OtdRouting().Route(options).Fit(hills.Load(Hills.Rows(20, seed: 1)))).Message;
        Assert.Contains("flat.onnx", message);
        Assert.Contains("'output' is [1, 1]", message);
    }

    [Fact]
    public void Maps_may_have_their_channel_at_any_place_or_none()
    {
        var options = hills.Options(new DenseRegressionTask { TargetColumnName = "Height" });
        options.Resolutions[0] = hills.Model(3, 4, Hills.Factor, Hills.Offset, "bare", graph => graph.Integers("axes", 1).Node("Squeeze", ["depth", "axes"], "map").Output("map"));
        options.Resolutions[1] = hills.Model(6, 8, 1, 0, "last", graph => graph.Node("Transpose", ["depth"], "map", ("perm", new long[] { 0, 2, 3, 1 })).Output("map"));
        using var router = hills.Context.OtdRouting().Route(options).Fit(hills.Load(Hills.Rows(200, seed: 1)));
        var test = hills.Load(Hills.Rows(100, seed: 2));
        var (expected, found) = (hills.Context.OtdRouting().Compare(hills.Router, test), hills.Context.OtdRouting().Compare(router, test));
        Assert.Equal(expected.Resolutions.Select(r => r.Quality), found.Resolutions.Select(r => r.Quality));
    }

    [Fact]
    public async Task Saved_tasks_and_models_with_changed_fields()
    {
        var rows = hills.Load(Hills.Rows(12, seed: 3));
        var forged = new ForgedRouter(hills.Context, hills.Router, rows.Schema);
        var random = new Random(31);
        var done = "";
        await new Door(output).Run("saved routers, fields of dense regression", 300, leastRefused: 100, leastAccepted: 50, _ =>
        {
            using var router = forged.Load(SavedDenseTask.Parser, SavedDenseModel.Parser, random, change => done = change);
            Assert.Equal(12, router.Transform(rows).Preview(100).RowView.Length);
        }, e => e is InvalidDataException ? true : throw new InvalidOperationException(done, e));
    }
}
