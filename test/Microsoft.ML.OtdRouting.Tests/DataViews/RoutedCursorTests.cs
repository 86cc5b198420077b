using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.DataViews;

public class RoutedCursorTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Making_a_view_reads_nothing()
    {
        var counting = new CountingDataView(colours.Test());
        var routed = colours.Router.Transform(counting);
        Assert.NotNull(routed.Schema["Score"].Annotations);
        Assert.Equal(0, counting.Cursors);
    }

    [Fact]
    public void Making_a_cursor_reads_no_row()
    {
        var counting = new CountingDataView(colours.Test());
        var routed = colours.Router.Transform(counting);
        using var cursor = routed.GetRowCursor(routed.Schema);
        Assert.Equal(0, counting.RowsRead);
    }

    [Theory]
    [InlineData("Route")]
    [InlineData("Number")]
    public void Values_are_read_at_rows_alone(string column)
    {
        var routed = colours.Router.Transform(colours.Test(3));
        using var cursor = routed.GetRowCursor(routed.Schema);
        Action read = column == "Route" ? Read<uint> : Read<int>;
        DataViewRowId id = default;
        Assert.Contains("MoveNext", Assert.Throws<InvalidOperationException>(read).Message);
        Assert.Throws<InvalidOperationException>(() => cursor.GetIdGetter()(ref id));
        while (cursor.MoveNext())
        {
            read();
        }

        Assert.Contains("MoveNext", Assert.Throws<InvalidOperationException>(read).Message);
        Assert.Throws<InvalidOperationException>(() => cursor.GetIdGetter()(ref id));

        void Read<T>()
        {
            var value = default(T)!;
            cursor.GetGetter<T>(routed.Schema[column])(ref value);
        }
    }

    [Fact]
    public void Columns_that_pass_through_never_read_an_image()
    {
        var counting = new CountingDataView(colours.Test(40));
        var routed = colours.Router.Transform(counting);
        Assert.Equal(Enumerable.Range(0, 40), routed.GetColumn<int>("Number"));
        Assert.DoesNotContain("Image", counting.ActiveColumns);
        Assert.Equal(0, counting.ValuesRead("Image"));
    }

    [Fact]
    public void A_cursor_without_columns_reads_no_value_and_counts_the_rows()
    {
        var counting = new CountingDataView(colours.Test(40));
        using var cursor = colours.Router.Transform(counting).GetRowCursor([]);
        var rows = 0;
        while (cursor.MoveNext())
        {
            Assert.Equal(rows++, cursor.Position);
        }

        Assert.Equal(40, rows);
        Assert.Empty(counting.ActiveColumns);
    }

    [Fact]
    public void Routed_columns_read_each_image_once_and_nothing_else()
    {
        var counting = new CountingDataView(colours.Test(40));
        _ = RoutedValues.Read(colours.Router.Transform(counting));
        Assert.Equal(["Image"], counting.ActiveColumns);
        Assert.Equal(40, counting.ValuesRead("Image"));
    }

    [Fact]
    public void Reads_its_window_and_no_further_ahead_than_the_next_one()
    {
        var counting = new CountingDataView(colours.Test(100));
        var (_, router) = colours.Fit(With(o => o.Scoring.WindowSize = 16));
        using (router)
        {
            var routed = router.Transform(counting);
            using var cursor = routed.GetRowCursor([routed.Schema["Route"]]);
            for (var row = 0; row < 40; row++)
            {
                Assert.True(cursor.MoveNext());
                // The next window is being read on another thread, up to its end at most, however long the consumer takes.
                var window = 16 * ((row / 16) + 1);
                Assert.InRange(counting.RowsRead, window, window + 16);
            }
        }
    }

    [Fact]
    public void Routes_and_costs_run_the_cheapest_model_alone()
    {
        var largest = new Resolution(ColourModels.WriteTripping(colours.Folder, 16), 16);
        var middle = new Resolution(ColourModels.WriteTripping(colours.Folder, 8), 8);
        var fitting = colours.Load(ColourPictures.Rows(200, seed: 4, brightest: 200));
        var options = colours.OptionsWith(colours.Resolutions[0], middle, largest);
        options.Fitting.PruneRoutes = false;
        var (keys, router) = colours.Fit(options, fitting);
        using (router)
        {
            var bright = ColourPictures.Rows(50, seed: 5, brightest: 200);
            foreach (var row in bright)
            {
                Array.Fill(row.Image, 255f, 0, 80);
            }

            var routed = router.Transform(keys.Transform(colours.Load(bright)));
            var routes = routed.GetColumn<uint>("Route").ToList();
            Assert.Contains(routes, r => router.Routes[(int)r - 1].Resolutions.Count > 1);
            Assert.Equal(routes.Select(r => (float)router.Routes[(int)r - 1].Cost), routed.GetColumn<float>("Cost"));
            Assert.Equal(50, routed.GetColumn<float[]>("RouteScores").Count());

            var e = Assert.Throws<InvalidOperationException>(() => routed.GetColumn<float[]>("Score").ToList());
            Assert.Matches("^Row [0-9]+ .*tripping-", e.Message);
        }
    }

    [Fact]
    public void Rows_keep_their_order_and_their_ids()
    {
        var test = colours.Test(300);
        var routed = colours.Router.Transform(test);
        Assert.Equal(Ids(test), Ids(routed));
        using var cursor = routed.GetRowCursor([routed.Schema["Name"], routed.Schema["Score"]]);
        var name = cursor.GetGetter<ReadOnlyMemory<char>>(routed.Schema["Name"]);
        for (var row = 0; row < 300; row++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(row, cursor.Position);
            ReadOnlyMemory<char> value = default;
            name(ref value);
            Assert.Equal($"picture {row}", value.ToString());
        }

        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 32)]
    [InlineData(7, 3)]
    [InlineData(256, 5)]
    [InlineData(299, 1)]
    [InlineData(1000, 64)]
    [InlineData(1000, 1000)]
    public void Windows_and_batches_of_any_size_give_the_same_bits(int windowSize, int batchSize)
    {
        var test = colours.Test(300);
        var (_, router) = colours.Fit(With(o =>
        {
            o.Scoring.WindowSize = windowSize;
            o.Scoring.BatchSize = batchSize;
        }));
        using (router)
        {
            Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
            RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(test)), RoutedValues.Read(router.Transform(test)));
        }
    }

    [Fact]
    public void Getters_give_the_same_value_however_often_they_are_called_and_in_any_order()
    {
        var test = colours.Test(30);
        var expected = RoutedValues.Read(colours.Router.Transform(test));
        var routed = colours.Router.Transform(test);
        using var cursor = routed.GetRowCursor(routed.Schema);
        var cost = cursor.GetGetter<float>(routed.Schema["Cost"]);
        var score = cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]);
        for (var row = 0; cursor.MoveNext(); row++)
        {
            if (row % 3 == 0)
            {
                continue;
            }

            VBuffer<float> scores = default;
            var flops = 0f;
            for (var time = 0; time < 2; time++)
            {
                score(ref scores);
                Assert.Equal(expected.Scores[row], scores.DenseValues());
                cost(ref flops);
                Assert.Equal(expected.Costs[row], flops);
            }
        }
    }

    [Fact]
    public void Values_that_the_consumer_changes_do_not_come_back()
    {
        var routed = colours.Router.Transform(colours.Test(5));
        using var cursor = routed.GetRowCursor(routed.Schema);
        var image = cursor.GetGetter<VBuffer<float>>(routed.Schema["Image"]);
        var score = cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]);
        while (cursor.MoveNext())
        {
            foreach (var getter in new[] { image, score })
            {
                VBuffer<float> first = default;
                getter(ref first);
                var before = first.DenseValues().ToArray();
                VBufferEditor.CreateFromBuffer(ref first).Values.Fill(-1);
                VBuffer<float> second = default;
                getter(ref second);
                Assert.Equal(before, second.DenseValues());
            }
        }
    }

    [Fact]
    public void Concurrent_cursors_do_not_disturb_each_other()
    {
        var routed = colours.Router.Transform(colours.Test(300));
        var expected = RoutedValues.Read(routed);
        var found = new RoutedValues[6];
        Parallel.For(0, found.Length, i => found[i] = RoutedValues.Read(routed));
        Assert.All(found, f => RoutedValues.AssertSame(expected, f));
    }

    [Fact]
    public void Interleaved_cursors_do_not_disturb_each_other()
    {
        var routed = colours.Router.Transform(colours.Test(64));
        var expected = RoutedValues.Read(routed).Scores;
        using var ahead = routed.GetRowCursor([routed.Schema["Score"]]);
        using var behind = routed.GetRowCursor([routed.Schema["Score"]]);
        var (aheadScore, behindScore) = (ahead.GetGetter<VBuffer<float>>(routed.Schema["Score"]), behind.GetGetter<VBuffer<float>>(routed.Schema["Score"]));
        VBuffer<float> value = default;
        for (var row = 0; row < 64; row++)
        {
            ahead.MoveNext();
            aheadScore(ref value);
            Assert.Equal(expected[row], value.DenseValues());
            if (row >= 10)
            {
                behind.MoveNext();
                behindScore(ref value);
                Assert.Equal(expected[row - 10], value.DenseValues());
            }
        }
    }

    [Fact]
    public void Shuffled_cursors_give_every_row_with_its_own_values()
    {
        // Objects in memory come in their order; a cache can shuffle.
        var routed = colours.Router.Transform(colours.Context.Data.Cache(colours.Test(300)));
        var expected = RoutedValues.Read(routed).Scores;
        Assert.True(routed.CanShuffle);
        using var cursor = routed.GetRowCursor([routed.Schema["Number"], routed.Schema["Score"]], new Random(3));
        var number = cursor.GetGetter<int>(routed.Schema["Number"]);
        var score = cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]);
        var seen = new List<int>();
        VBuffer<float> scores = default;
        var row = 0;
        while (cursor.MoveNext())
        {
            number(ref row);
            score(ref scores);
            Assert.Equal(expected[row], scores.DenseValues());
            seen.Add(row);
        }

        Assert.Equal(300, seen.Distinct().Count());
        Assert.NotEqual(seen.Order(), seen);
    }

    [Fact]
    public void A_set_of_cursors_covers_every_row_once()
    {
        var routed = colours.Router.Transform(colours.Test(50));
        var rows = 0;
        foreach (var cursor in routed.GetRowCursorSet([routed.Schema["Route"]], 4))
        {
            using (cursor)
            {
                while (cursor.MoveNext())
                {
                    rows++;
                }
            }
        }

        Assert.Equal(50, rows);
        Assert.Equal(50, routed.GetRowCount());
    }

    [Fact]
    public void An_inactive_column_has_no_getter()
    {
        var routed = colours.Router.Transform(colours.Test(5));
        using var cursor = routed.GetRowCursor([routed.Schema["Route"]]);
        Assert.True(cursor.IsColumnActive(routed.Schema["Route"]));
        Assert.False(cursor.IsColumnActive(routed.Schema["Score"]));
        var e = Assert.ThrowsAny<ArgumentException>(() => cursor.GetGetter<VBuffer<float>>(routed.Schema["Score"]));
        Assert.Contains("Score", e.Message);
    }

    [Fact]
    public void A_getter_of_the_wrong_type_is_refused()
    {
        var routed = colours.Router.Transform(colours.Test(5));
        using var cursor = routed.GetRowCursor(routed.Schema);
        Assert.Contains("Score", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(routed.Schema["Score"])).Message);
        Assert.Contains("Number", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(routed.Schema["Number"])).Message);
    }

    [Fact]
    public void An_empty_view_has_no_rows()
    {
        var routed = colours.Router.Transform(colours.WithKeys(colours.Load([])));
        Assert.Equal(0, RoutedValues.Read(routed).Rows);
    }

    private OtdResolutionRouter.Options With(Action<OtdResolutionRouter.Options> change)
    {
        var options = colours.Options();
        change(options);
        return options;
    }

    private static List<DataViewRowId> Ids(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema.Where(c => c.Name is "Name" or "Route"));
        var getter = cursor.GetIdGetter();
        var ids = new List<DataViewRowId>();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id);
        }

        return ids;
    }
}
