using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Tests.Images;

public class ColumnFilterTests
{
    public static TheoryData<int, int> Lengths => new()
    {
        { 1, 1 }, { 1, 9 }, { 2, 3 }, { 28, 10 }, { 28, 28 }, { 28, 56 }, { 31, 17 }, { 32, 16 }, { 33, 5 }, { 64, 16 }, { 75, 21 }, { 160, 64 }, { 160, 96 },
        { 160, 128 }, { 375, 224 }, { 100, 16 }, { 100, 15 }, { 640, 100 }, { 700, 100 }, { 3000, 224 },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_machine_s_fastest_filter_gives_plain_sums_bit_for_bit(int source, int target)
    {
        var axis = new ResizeAxis(source, target);
        AssertPlainSums(axis, ColumnFilter.Create(axis));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_filter_of_any_machine_gives_plain_sums_bit_for_bit(int source, int target)
    {
        var axis = new ResizeAxis(source, target);
        AssertPlainSums(axis, new DenseColumns(axis));
    }

    [Fact]
    public void Lines_and_targets_that_are_too_short_are_refused()
    {
        var axis = new ResizeAxis(20, 10);
        foreach (var filter in new[] { ColumnFilter.Create(axis), new DenseColumns(axis) })
        {
            var lines = new float[(ColumnFilter.Lines * 20) + filter.Spare];
            var target = new float[10];
            Assert.Throws<ArgumentOutOfRangeException>(() => Apply(lines.AsSpan(1), target, target, target));
            Assert.Throws<ArgumentOutOfRangeException>(() => Apply(lines, target.AsSpan(1), target, target));
            Assert.Throws<ArgumentOutOfRangeException>(() => Apply(lines, target, target.AsSpan(1), target));
            Assert.Throws<ArgumentOutOfRangeException>(() => Apply(lines, target, target, target.AsSpan(1)));

            void Apply(ReadOnlySpan<float> source, Span<float> first, Span<float> second, Span<float> third) =>
                filter.Apply(source, new LineTarget(first, 1, 0), new LineTarget(second, 1, 0), new LineTarget(third, 1, 0));
        }
    }

    private static void AssertPlainSums(ResizeAxis axis, ColumnFilter filter)
    {
        var random = new Random(axis.Source);
        var lines = Enumerable.Range(0, (ColumnFilter.Lines * axis.Source) + filter.Spare).Select(_ => 255 * random.NextSingle()).ToArray();
        lines.AsSpan(ColumnFilter.Lines * axis.Source).Fill(float.NaN);
        var found = new float[ColumnFilter.Lines][];
        for (var line = 0; line < found.Length; line++)
        {
            found[line] = new float[axis.Target];
        }

        filter.Apply(lines, new LineTarget(found[0], 1, 0), new LineTarget(found[1], 0.5f, 0), new LineTarget(found[2], 2, -1));
        for (var line = 0; line < found.Length; line++)
        {
            for (var i = 0; i < axis.Target; i++)
            {
                var sum = 0f;
                for (var source = axis.Start(i); source < axis.End(i); source++)
                {
                    sum += lines[(line * axis.Source) + source] * axis.Weight(i, source);
                }

                Assert.Equal(line switch { 0 => sum, 1 => sum * 0.5f, _ => (sum * 2) - 1 }, found[line][i]);
            }
        }
    }
}
