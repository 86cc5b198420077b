using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Tasks.Mean;

namespace Microsoft.ML.OtdRouting.Tests.Tasks;

public class ObservationsTests
{
    [Fact]
    public void Rows_that_were_chosen_by_their_folds_are_told_about()
    {
        Assert.Null(Of(Images(500)).UnevenFolds());
        // Of another number of folds, but the same hash.
        var chosen = Images(5000).Where(p => RowPlace.Of(p, 10).Fold == 0).ToList();
        Assert.Contains($"{chosen.Count} of {chosen.Count} rows are in one fold of 5", Of(chosen).UnevenFolds());
        Assert.Contains("200 of 200 rows", Of(Enumerable.Repeat(Images(1)[0], 200)).UnevenFolds());
        // Too few to tell.
        Assert.Null(Of(Enumerable.Repeat(Images(1)[0], 99)).UnevenFolds());
    }

    [Fact]
    public void Rows_that_were_drawn_by_their_places_are_in_all_folds() =>
        Assert.Null(Of(Images(5000).Where(p => RowPlace.Of(p, 1).Draw(7) < 0.1)).UnevenFolds());

    private static List<float[]> Images(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 48).Select(_ => (float)random.Next(256)).ToArray())];
    }

    private static Observations Of(IEnumerable<float[]> images)
    {
        var observations = new Observations(new BoundMean(new MeanTask()), 2, foldCount: 5, hasWeights: false);
        foreach (var pixels in images)
        {
            observations.AddRow(RowPlace.Of(pixels, 5), 1);
        }

        return observations;
    }
}
