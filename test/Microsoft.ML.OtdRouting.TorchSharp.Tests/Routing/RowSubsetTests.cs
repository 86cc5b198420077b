using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Tests.Routing;

public class RowSubsetTests
{
    private readonly MLContext _context = new(1);

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 9 })]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    [InlineData(new[] { 2, 3, 7 })]
    public void It_has_the_rows_that_were_asked_for(int[] rows)
    {
        var subset = new RowSubset(Numbers(10), rows);
        Assert.Equal(rows.Length, subset.GetRowCount());
        for (var pass = 0; pass < 2; pass++)
        {
            using var cursor = subset.GetRowCursor(subset.Schema);
            var get = cursor.GetGetter<int>(subset.Schema[nameof(Number.Value)]);
            var found = new List<int>();
            while (cursor.MoveNext())
            {
                Assert.Equal(found.Count, cursor.Position);
                var value = 0;
                get(ref value);
                found.Add(value);
            }

            Assert.Equal(rows, found);
            Assert.Equal(-1, cursor.Position);
            Assert.False(cursor.MoveNext());
        }
    }

    [Fact]
    public void Other_transforms_work_on_it()
    {
        var subset = new RowSubset(Numbers(100), [.. Enumerable.Range(0, 100).Where(i => i % 3 == 0)]);
        var filtered = _context.Data.FilterRowsByColumn(_context.Transforms.Conversion.ConvertType("Single", nameof(Number.Value)).Fit(subset).Transform(subset), "Single", lowerBound: 50);
        Assert.Equal(Enumerable.Range(50, 50).Where(i => i % 3 == 0), filtered.GetColumn<int>(nameof(Number.Value)));
    }

    private IDataView Numbers(int count) => _context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Number { Value = i }).ToList());

    private sealed class Number
    {
        public int Value { get; set; }
    }
}
