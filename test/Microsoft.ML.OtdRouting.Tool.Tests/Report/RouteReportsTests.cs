using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class RouteReportsTests
{
    [Fact]
    public void A_spread_is_even_and_takes_all_of_few()
    {
        Assert.Equal([12, 37, 62, 87], RouteReports.Spread([.. Enumerable.Range(0, 100)], 4));
        Assert.Equal([0, 1, 2], RouteReports.Spread([0, 1, 2], 12));
        Assert.Empty(RouteReports.Spread<int>([], 12));
        Assert.Empty(RouteReports.Spread([1, 2], 0));
    }

    [Theory]
    [InlineData(1_000, 10)]
    [InlineData(20_000, 2)]
    public void A_page_shows_as_many_images_as_it_can_hold(int characters, int expected)
    {
        // Twenty routes with a hundred images each, and a last one with a single image.
        int[][] members = [.. Enumerable.Range(0, 20).Select(route => Enumerable.Range(100 * route, 100).ToArray()), [2000]];
        RoutedRows rows = new(new int[2001], [.. Enumerable.Range(0, 2001)], new int[2001], new float[2001], new float[2001]);
        LabelledImage[] images = [.. Enumerable.Range(0, 2001).Select(i => new LabelledImage($"folder/{i}.png", "", ""))];
        (ExampleImage[][] examples, ExampleContents contents) = RouteReports.Examples(members, rows, images, shown => new ExampleContents(
            [.. shown.Select(row => new ExampleContent(new Thumbnail(images[row].Path.PadRight(characters / 2), 3, 2)) { Beside = [new ExamplePicture(new string('b', characters / 2), "")] })]));
        Assert.Equal(201, contents.Examples.Count);
        Assert.All(examples[..20], route => Assert.Equal(expected, route.Length));
        Assert.Equal("2000.png", Assert.Single(examples[20]).File);
        Assert.InRange(examples.SelectMany(e => e).Sum(e => e.Uri.Length + e.Beside.Sum(b => b.Uri.Length)), 0, 1_100_000);

        // Spread over the route, each with its own picture.
        Assert.All(examples.SelectMany(e => e), e => Assert.Equal($"folder/{e.File}", e.Uri.TrimEnd()));
        Assert.All(examples.SelectMany(e => e), e => Assert.Equal($"{e.Truth}.png", e.File));
        Assert.InRange(examples[3][0].Truth, 300, 349);
        Assert.InRange(examples[3][^1].Truth, 350, 399);
    }

    [Fact]
    public void Bins_are_of_equal_numbers_in_the_order_of_the_predictions()
    {
        // A hundred images whose predicted loss is that of their number; the dearer half is wrong every second time.
        int[] order = [.. Enumerable.Range(0, 100)];
        new Random(1).Shuffle(order);
        RoutedRows rows = new(
            new int[100], new int[100], [.. order.Select(i => i >= 50 ? i % 2 : 0)], new float[100], [.. order.Select(i => i / 100f)]);
        IReadOnlyList<LossBin> bins = LossBin.Cut(rows, [.. Enumerable.Range(0, 100)], 4);
        Assert.All(bins, bin => Assert.Equal(25, bin.Rows));
        Assert.Equal([0.12, 0.37, 0.62, 0.87], bins.Select(b => Math.Round(b.Predicted, 6)));
        Assert.Equal([0, 0, 12 / 25.0, 13 / 25.0], bins.Select(b => b.Wrong));

        // Wilson's interval of 0 of 25 ends at z² / (n + z²); that of 12 of 25 by hand.
        Assert.Equal(0, bins[0].Low, 1e-12);
        Assert.Equal(3.841459 / 28.841459, bins[0].High, 1e-6);
        Assert.Equal(0.3003, bins[2].Low, 1e-3);
        Assert.Equal(0.6650, bins[2].High, 1e-3);
    }

    [Fact]
    public void Few_images_are_one_bin_and_none_are_none()
    {
        RoutedRows rows = new(new int[3], new int[3], [0, 1, 0], new float[3], [0.1f, 0.2f, 0.3f]);
        LossBin bin = Assert.Single(LossBin.Cut(rows, [0, 1, 2], 10));
        Assert.Equal(3, bin.Rows);
        Assert.Equal(1.0 / 3, bin.Wrong, 1e-12);
        Assert.Empty(LossBin.Cut(rows, [], 10));
    }

    [Fact]
    public void Confusions_of_few_classes_are_all_listed()
    {
        RoutedRows rows = new(new int[5], [0, 0, 1, 1, 1], [0, 1, 1, 1, 0], new float[5], new float[5]);
        Assert.Equal(
            [new ConfusionCell(0, 0, 1), new ConfusionCell(0, 1, 1), new ConfusionCell(1, 0, 1), new ConfusionCell(1, 1, 2)],
            ConfusionCell.Count(rows, Enumerable.Range(0, 5), 2));
        Assert.Equal([new ConfusionCell(1, 1, 2)], ConfusionCell.Count(rows, [2, 3], 2));
        Assert.True(ConfusionCell.IsWhole(2));
    }

    [Fact]
    public void Of_many_classes_the_most_frequent_mistakes_are_listed()
    {
        // Class i is taken for class i + 1 once, class 7 three times; class 0 is always recognised.
        int[] truth = [.. Enumerable.Range(1, 98), 7, 7, 0, 0];
        RoutedRows rows = new(
            new int[truth.Length], truth, [.. truth.Select(t => t == 0 ? 0 : t + 1)], new float[truth.Length], new float[truth.Length]);
        IReadOnlyList<ConfusionCell> cells = ConfusionCell.Count(rows, Enumerable.Range(0, rows.Count), 100);
        Assert.False(ConfusionCell.IsWhole(100));
        Assert.Equal(50, cells.Count);
        Assert.Contains(new ConfusionCell(7, 8, 3), cells);
        Assert.DoesNotContain(cells, cell => cell.Truth == cell.Predicted);
    }
}
