using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Every MapValueToKey counts classes in an order of its own: what a router meets later is matched by the values of the keys.</summary>
public sealed class KeyOrderTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Comparisons_take_labels_in_any_order()
    {
        var expected = colours.Context.OtdRouting().Compare(colours.Router, colours.Test());
        var other = colours.Context.OtdRouting().Compare(colours.Router, WithOtherKeys(colours.Load(ColourPictures.Rows(300, seed: 2))));
        Assert.Equal(expected.Metrics.Quality, other.Metrics.Quality);
        Assert.Equal(expected.Oracle.Quality, other.Oracle.Quality);
    }

    [Fact]
    public void Evaluations_take_labels_in_any_order()
    {
        var expected = Evaluate(colours.Test());
        var other = Evaluate(WithOtherKeys(colours.Load(ColourPictures.Rows(300, seed: 2))));
        Assert.Equal(expected.Quality, other.Quality);
        Assert.Equal(expected["log-loss"], other["log-loss"], 12);
    }

    [Fact]
    public void Teachers_may_count_in_another_order_than_labels()
    {
        var options = colours.Options();
        options.Classification().Teacher = ClassificationTeacher.Column("Key");
        var same = Probabilities(options, colours.WithKeys(colours.Fitting));
        options.Classification().Teacher = ClassificationTeacher.Column("Other");
        Assert.Equal(same, Probabilities(options, WithOtherKeys(colours.WithKeys(colours.Fitting), "Other")));
    }

    [Fact]
    public void A_router_without_labels_is_compared_by_the_names_of_its_classes()
    {
        var options = colours.Options();
        options.Classification().Teacher = ClassificationTeacher.Weighted;
        options.Classification().LabelColumnName = "Absent";
        using var router = colours.Context.OtdRouting().Route(options).Fit(colours.Fitting);
        var other = colours.Context.Transforms.CopyColumns("Absent", "Key").Fit(colours.Test()).Transform(colours.Test());
        Assert.NotEqual(ColourPictures.ClassNames, KeyNames(other.Schema["Absent"]));
        Assert.InRange(colours.Context.OtdRouting().Compare(router, other).Metrics.Quality, 0.75, 1);
    }

    [Fact]
    public void Keys_of_other_classes_are_an_error()
    {
        var rows = ColourPictures.Rows(20, seed: 2);
        rows.ForEach(r => r.Label = "not " + r.Label);
        var data = colours.Load(rows);
        var others = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(data).Transform(data);
        var e = Assert.Throws<ArgumentException>(() => colours.Context.OtdRouting().Compare(colours.Router, others));
        Assert.Contains("'Key'", e.Message);
        Assert.Contains($"not {ColourPictures.ClassNames[0]}", e.Message);
        Assert.Throws<ArgumentException>(() => Evaluate(others));
    }

    private OtdRoutingMetrics Evaluate(IDataView data) => colours.Context.OtdRouting().Evaluate(colours.Router.Transform(data), ColourRouter.Keyed);

    private float[][] Probabilities(OtdResolutionRouter.Options options, IDataView fitting)
    {
        using var router = colours.Context.OtdRouting().Route(options).Fit(fitting);
        return router.Transform(colours.Test()).GetColumn<float[]>("Score").ToArray();
    }

    /// <summary>The labels as keys in the reverse of the order that the shared router was fitted with.</summary>
    private IDataView WithOtherKeys(IDataView data, string column = "Key")
    {
        var names = KeyNames(colours.Test(1).Schema["Key"]).Reverse().Select(n => new ColourRow { Label = n }).ToList();
        Assert.Equal(3, names.Count);
        var keys = colours.Context.Transforms.SelectColumns("Label").Fit(colours.Load(names)).Transform(colours.Load(names));
        return colours.Context.Transforms.Conversion.MapValueToKey(column, "Label", keyData: keys).Fit(data).Transform(data);
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(v => v.ToString())];
    }
}
