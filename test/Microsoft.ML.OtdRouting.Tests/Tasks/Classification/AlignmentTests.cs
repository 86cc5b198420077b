using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

public class AlignmentTests(ManyClasses many) : IClassFixture<ManyClasses>
{
    private readonly Lazy<Alignment?[]> _fitted = new(() => Fit(many.Task, many.Fitting));

    [Fact]
    public void A_distorted_resolution_is_aligned_and_that_makes_new_rows_likelier()
    {
        var alignment = _fitted.Value[0];
        Assert.NotNull(alignment);
        Assert.True(alignment.Rank > 0, "offsets alone cannot undo the distortion");
        Assert.Equal(6, alignment.Corrections.Count);
        var before = Surprise(many.Test, null, null);
        var after = Surprise(many.Test, alignment, _ => alignment.Corrections[^1]);
        Assert.True(after < before - 0.1, $"a surprise of {after:F3} with the alignment, {before:F3} without");
        // So it is with the fitting rows, each by the correction that has not seen it.
        Assert.True(Surprise(many.Fitting, alignment, fold => alignment.Corrections[fold]) < Surprise(many.Fitting, null, null) - 0.1);
    }

    [Fact]
    public void Noise_and_the_largest_resolution_stay_as_they_are()
    {
        Assert.Equal(3, _fitted.Value.Length);
        Assert.Null(_fitted.Value[1]);
        Assert.Null(_fitted.Value[2]);
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(65, 3)]
    public void Few_classes_have_matrices_of_their_own_and_no_alignment(int classes, int expected)
    {
        var task = many.Bind(classes);
        var settled = (BoundClassification)task.Settle(ManyClasses.Read(task, seed: 5), _ => { }, CancellationToken.None);
        Assert.Equal(expected, settled.Alignments.Count);
    }

    [Fact]
    public void A_number_that_is_added_to_all_logits_of_a_row_means_nothing()
    {
        var shifted = ManyClasses.Read(many.Task, seed: 1, (row, resolution) => (row % 7 * 10) - 100 + resolution);
        var (plain, other) = (_fitted.Value[0]!, Fit(many.Task, shifted)[0]!);
        Assert.Equal(plain.Rank, other.Rank);
        for (var row = 0; row < 20; row++)
        {
            var expected = Aligned(plain, many.Fitting, row);
            AssertNear(expected, Aligned(other, many.Fitting, row), 0.05f);
            // And one alignment makes the same of logits with and without such a number.
            AssertNear(expected, Aligned(plain, shifted, row), 0.01f);
        }
    }

    [Fact]
    public void Alignments_are_saved_to_the_bit()
    {
        foreach (var alignment in _fitted.Value)
        {
            var saved = SavedAlignment.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(SavedAlignment.Of(alignment)));
            var read = saved.ToAlignment(ManyClasses.Classes);
            Assert.Equal(alignment is null, read is null);
            if (alignment is not null)
            {
                Assert.Equal(alignment.Directions.ToArray(), read!.Directions.ToArray());
                Assert.Equal(alignment.Corrections.Select(c => c.Offset), read.Corrections.Select(c => c.Offset));
                Assert.Equal(alignment.Corrections.Select(c => c.Matrix), read.Corrections.Select(c => c.Matrix));
            }
        }
    }

    [Fact]
    public void Numbers_are_rounded_to_halves_once()
    {
        var numbers = Enumerable.Range(0, 100).Select(i => MathF.Sin(i) * MathF.Pow(10, (i % 7) - 3)).ToArray();
        var rounded = Alignment.Round([.. numbers]);
        Assert.Equal(numbers.Select(x => (float)(Half)x), rounded);
        Assert.Equal(rounded, Alignment.Round([.. rounded]));
    }

    private static Alignment?[] Fit(BoundClassification task, Observations rows) =>
        AlignmentFit.Fit(rows, task, task.Labels(rows), CancellationToken.None);

    /// <summary>Mean surprise of rows by the smallest resolution, at its best temperature.</summary>
    private double Surprise(Observations observations, Alignment? alignment, Func<int, Correction>? correctionOf)
    {
        var logits = new float[observations.Rows * ManyClasses.Classes];
        for (var row = 0; row < observations.Rows; row++)
        {
            var target = logits.AsSpan(row * ManyClasses.Classes, ManyClasses.Classes);
            many.Task.ReadLogits(0, observations.Kept(0, row), target);
            alignment?.Apply(correctionOf!(observations.Fold(row)), target);
        }

        return TemperatureFit.Surprise(logits, Enumerable.Range(0, observations.Rows).ToArray(), observations, many.Task.Labels(observations)).Average();
    }

    /// <summary>Aligned log-probabilities.</summary>
    private static float[] Aligned(Alignment alignment, Observations observations, int row)
    {
        var logits = observations.Kept(0, row).ToArray();
        alignment.Apply(alignment.Corrections[^1], logits);
        LogProbabilities.Normalise(1, logits);
        return logits;
    }

    private static void AssertNear(float[] expected, float[] found, float tolerance) =>
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, tolerance));
}
