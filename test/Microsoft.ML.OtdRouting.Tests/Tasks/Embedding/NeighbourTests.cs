using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;

/// <summary>The search and its measures, against plain loops in double precision.</summary>
public class NeighbourTests
{
    private const int Images = 333;
    private const int Queries = 37;
    private const int Length = 24;

    [Fact]
    public void Blocked_products_are_the_cosines()
    {
        var random = new Random(3);
        // Long enough for blocks of one image.
        foreach (var length in new[] { 1, Length, 7_001 })
        {
            var (images, queries) = (Units(random, 29, length), Units(random, 5, length));
            var found = new float[29 * 5];
            new GalleryImages(images, length, [], 1, isOfQueries: false).Compare(queries, found);
            for (var q = 0; q < 5; q++)
            {
                for (var i = 0; i < 29; i++)
                {
                    var expected = Enumerable.Range(0, length).Sum(d => (double)queries[(q * length) + d] * images[(i * length) + d]);
                    Assert.Equal(expected, found[(q * 29) + i], 1e-5);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Measures_are_those_of_brute_force(bool isOfQueries)
    {
        var random = new Random(5);
        var images = Units(random, Images, Length);
        var queries = isOfQueries ? images : Units(random, Queries, Length);
        var labels = Enumerable.Range(0, Images).Select(_ => (float)random.Next(7)).ToArray();
        var gallery = new GalleryImages(images, Length, labels, 1, isOfQueries);
        var similarities = new float[Queries * Images];
        gallery.Compare(queries.AsSpan(0, Queries * Length), similarities);
        var neighbours = new Neighbours();
        for (var q = 0; q < Queries; q++)
        {
            var own = similarities.AsSpan(q * Images, Images).ToArray();
            var self = gallery.ImageOf(q);
            Assert.Equal(isOfQueries ? q : -1, self);
            var label = (float)random.Next(7);
            var order = Enumerable.Range(0, Images).Where(i => i != self).OrderByDescending(i => own[i]).ToArray();
            neighbours.Find(own, self);
            Assert.Equal(order.Take(10), neighbours.Images.ToArray());
            foreach (var first in new[] { 1, 5, 10 })
            {
                Assert.Equal(order.Take(first).Any(i => labels[i] == label), neighbours.Holds(gallery, label, first));
            }

            var ranks = Enumerable.Range(0, order.Length).Where(r => labels[order[r]] == label).ToArray();
            Assert.Equal(ranks.Select((r, n) => (n + 1.0) / (r + 1)).Average(), neighbours.AveragePrecision(gallery, own, self, label), 1e-5);
            var other = order.First(i => labels[i] != labels[order[0]]);
            Assert.Equal(own[order[0]] - own[other], neighbours.Margin(gallery, own, self));
            Assert.Equal(
                Enumerable.Range(0, 10).Where(n => labels[order[n]] != label).Sum(n => 1.0 / (n + 1)) / Enumerable.Range(1, 10).Sum(n => 1.0 / n),
                neighbours.OtherLabels(gallery, label),
                1e-5);
        }
    }

    [Fact]
    public void Of_equally_near_images_the_first_is_found_and_small_galleries_are_searched_whole()
    {
        var neighbours = new Neighbours();
        neighbours.Find([0.5f, 0.7f, 0.7f, 0.1f], self: 0);
        Assert.Equal([1, 2, 3], neighbours.Images.ToArray());
        neighbours.Find([1f], self: 0);
        Assert.Equal(0, neighbours.Count);
        Assert.Equal(0, neighbours.AveragePrecision(new GalleryImages([1f], 1, [1f], 1, true), [1f], 0, 1));
    }

    [Fact]
    public void Margins_look_beyond_the_ten_nearest_for_another_label()
    {
        var labels = Enumerable.Range(0, 30).Select(i => i == 25 ? 1f : 0f).ToArray();
        var similarities = Enumerable.Range(0, 30).Select(i => 0.9f - (0.01f * i)).ToArray();
        var neighbours = new Neighbours();
        neighbours.Find(similarities, -1);
        Assert.Equal(0.25f, neighbours.Margin(new GalleryImages(new float[30], 1, labels, 1, false), similarities, -1), 1e-5f);
    }

    [Fact]
    public void Vectors_get_the_length_one_whatever_their_size_and_zeros_stay()
    {
        foreach (var scale in new[] { 1e-10f, 1f, 1e30f })
        {
            float[] vector = [3 * scale, -4 * scale];
            UnitVectors.Normalise(vector);
            Assert.Equal([0.6f, -0.8f], vector.Select(v => MathF.Round(v, 5)));
        }

        float[] zeros = [0, 0];
        UnitVectors.Normalise(zeros);
        Assert.Equal([0f, 0f], zeros);
    }

    private static float[] Units(Random random, int count, int length)
    {
        var vectors = Enumerable.Range(0, count * length).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        for (var i = 0; i < count; i++)
        {
            UnitVectors.Normalise(vectors.AsSpan(i * length, length));
        }

        return vectors;
    }
}
