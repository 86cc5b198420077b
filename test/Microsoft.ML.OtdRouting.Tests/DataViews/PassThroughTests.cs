using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.DataViews;

public class PassThroughTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Theory]
    [InlineData("Number")]
    [InlineData("IsEven")]
    [InlineData("Fraction")]
    [InlineData("Day")]
    [InlineData("Label")]
    [InlineData("Name")]
    [InlineData("Ragged")]
    [InlineData("Words")]
    [InlineData("Weekday")]
    [InlineData("Key")]
    [InlineData("Image")]
    public void Every_column_passes_through_beside_the_router_s(string column)
    {
        var test = colours.Test(300);
        var routed = colours.Router.Transform(test);
        Assert.Equal(test.Schema[column].Type, routed.Schema[column].Type);
        var expected = Texts(test, column);
        Assert.Equal(300, expected.Count);
        Assert.Equal(expected, Texts(routed, column));
        Assert.Equal(expected, Texts(routed, column, beside: "Score"));
    }

    [Fact]
    public void Images_pass_through_as_copies_that_the_consumer_owns()
    {
        var rows = ColourPictures.Rows(20, seed: 3);
        var view = colours.WithKeys(colours.Context.Data.LoadFromEnumerable(ColourPictures.Images(rows)));
        var routed = colours.Router.Transform(view);
        using var cursor = routed.GetRowCursor(routed.Schema);
        var getter = cursor.GetGetter<MLImage>(routed.Schema["Image"]);
        var score = cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]);
        MLImage image = null!;
        for (var row = 0; cursor.MoveNext(); row++)
        {
            for (var time = 0; time < 2; time++)
            {
                getter(ref image);
                Assert.Equal(ColourPictures.ToImage(rows[row].Image, ColourPictures.Side, ColourPictures.Side).Pixels.ToArray(), image.Pixels.ToArray());
                image.Dispose();
            }

            VBuffer<float> value = default;
            score(ref value);
            Assert.Equal(3, value.Length);
        }
    }

    [Fact]
    public void Images_that_their_source_frees_with_the_next_row_pass_through()
    {
        using var folder = new ScratchFolder();
        var rows = ColourPictures.Rows(20, seed: 3);
        var pictures = rows.Select(r => new FashionPicture { Path = folder.File($"{r.Number}.png"), Label = r.Label }).ToList();
        foreach (var (row, picture) in rows.Zip(pictures))
        {
            using var drawn = ColourPictures.ToImage(row.Image, ColourPictures.Side, ColourPictures.Side);
            drawn.Save(picture.Path);
        }

        // The right size already: what ResizeImages hands out is the loader's image.
        var transforms = colours.Context.Transforms;
        var loading = transforms.LoadImages("Image", null, "Path").Append(transforms.ResizeImages("Image", ColourPictures.Side, ColourPictures.Side));
        var view = colours.Context.Data.LoadFromEnumerable(pictures);
        var routed = colours.Router.Transform(colours.WithKeys(loading.Fit(view).Transform(view)));
        using var cursor = routed.GetRowCursor([routed.Schema["Image"], routed.Schema["Score"]]);
        var getter = cursor.GetGetter<MLImage>(routed.Schema["Image"]);
        MLImage image = null!;
        for (var row = 0; row < rows.Count; row++)
        {
            Assert.True(cursor.MoveNext());
            getter(ref image);
            Assert.Equal(ColourPictures.ToImage(rows[row].Image, ColourPictures.Side, ColourPictures.Side).Pixels.ToArray(), image.Pixels.ToArray());
        }
    }

    [Fact]
    public void Images_pass_through_without_the_router_s_columns()
    {
        var rows = ColourPictures.Rows(5, seed: 3);
        var view = colours.WithKeys(colours.Context.Data.LoadFromEnumerable(ColourPictures.Images(rows)));
        var widths = new List<int>();
        var routed = colours.Router.Transform(view);
        using var cursor = routed.GetRowCursor([routed.Schema["Image"]]);
        var getter = cursor.GetGetter<MLImage>(routed.Schema["Image"]);
        while (cursor.MoveNext())
        {
            MLImage image = null!;
            getter(ref image);
            widths.Add(image.Width);
        }

        Assert.Equal(Enumerable.Repeat(ColourPictures.Side, 5), widths);
    }

    [Fact]
    public void Images_and_vectors_give_the_same_bits()
    {
        var rows = ColourPictures.Rows(60, seed: 3);
        var vectors = RoutedValues.Read(colours.Router.Transform(colours.WithKeys(colours.Load(rows))));
        foreach (var format in new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 })
        {
            var images = colours.Context.Data.LoadFromEnumerable(ColourPictures.Images(rows, format));
            RoutedValues.AssertSame(vectors, RoutedValues.Read(colours.Router.Transform(colours.WithKeys(images))));
        }
    }

    [Fact]
    public void Images_in_memory_can_be_read_again()
    {
        var view = colours.WithKeys(colours.Context.Data.LoadFromEnumerable(ColourPictures.Images(ColourPictures.Rows(300, seed: 3))));
        var routed = colours.Router.Transform(view);
        var first = RoutedValues.Read(routed);
        RoutedValues.AssertSame(first, RoutedValues.Read(routed));
    }

    [Fact]
    public void Other_columns_of_the_router_s_names_are_hidden_by_its_own()
    {
        var copied = colours.Context.Transforms.CopyColumns("Score", "Fraction").Fit(colours.Test()).Transform(colours.Test());
        var routed = colours.Router.Transform(copied);
        Assert.IsType<VectorDataViewType>(routed.Schema["Score"].Type);
        Assert.Equal(2, routed.Schema.Count(c => c.Name == "Score"));
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test(300))), RoutedValues.Read(Reread(routed)));
    }

    private IDataView Reread(IDataView view) => colours.Context.Transforms.SelectColumns("Score", "PredictedLabel", "Route", "RouteScores", "Cost").Fit(view).Transform(view);

    private static List<string> Texts(IDataView view, string column, string? beside = null)
    {
        var schema = view.Schema;
        using var cursor = view.GetRowCursor(schema.Where(c => c.Name == column || c.Name == beside));
        var read = column switch
        {
            "Number" => Reader<int>(cursor, schema[column]),
            "IsEven" => Reader<bool>(cursor, schema[column]),
            "Fraction" => Reader<double>(cursor, schema[column]),
            "Day" => Reader<DateTime>(cursor, schema[column]),
            "Label" or "Name" => Reader<ReadOnlyMemory<char>>(cursor, schema[column]),
            "Weekday" => Reader<byte>(cursor, schema[column]),
            "Key" => Reader<uint>(cursor, schema[column]),
            "Words" => VectorReader<ReadOnlyMemory<char>>(cursor, schema[column]),
            _ => VectorReader<float>(cursor, schema[column]),
        };
        var texts = new List<string>();
        while (cursor.MoveNext())
        {
            texts.Add(read());
        }

        return texts;
    }

    private static Func<string> Reader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return $"{value}";
        };
    }

    private static Func<string> VectorReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return string.Join(",", value.DenseValues());
        };
    }
}
