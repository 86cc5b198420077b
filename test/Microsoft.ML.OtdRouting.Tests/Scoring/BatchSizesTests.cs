using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tests.Scoring;

public class BatchSizesTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(32)]
    public void Finds_the_size_at_which_an_image_takes_least(int fastest)
    {
        var sizes = new BatchSizes(32);
        for (var run = 0; run < 40; run++)
        {
            var size = sizes.Next(256);
            // Every third run is disturbed.
            sizes.Add(size, size * (1000 + (100 * Math.Abs(int.Log2(size) - int.Log2(fastest)))) * (run % 3 == 0 ? 5 : 1));
        }

        Assert.Equal(fastest, sizes.Next(256));
        Assert.Equal(Math.Min(fastest, 8), sizes.Next(9));
    }

    [Fact]
    public void Sizes_are_within_what_there_is() => Prop.ForAll<ushort, byte>((images, most) =>
    {
        var (count, limit) = (1 + (images % 300), 1 + most);
        var sizes = new BatchSizes(limit);
        var random = new Random(images);
        return Enumerable.Range(0, 60).All(_ =>
        {
            var size = sizes.Next(count);
            sizes.Add(size, random.Next(1, 100));
            return size >= 1 && size <= Math.Min(count, limit) && (size > 1 || count == 1 || limit == 1);
        });
    }).QuickCheckThrowOnFailure();
}
