using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;

namespace Microsoft.ML.OtdRouting.Tests.DataViews;

public class VectorColumnWindowTests
{
    private const int Length = 5;
    private const int Rows = 4;

    public enum Upstream
    {
        WritesInPlace,
        Exchanges,
        ExchangesLater,
        Sparse,
    }

    /// <summary>A getter may keep the array that it is given and write to it when it comes to later rows.</summary>
    [Theory]
    [InlineData(Upstream.WritesInPlace, true)]
    [InlineData(Upstream.WritesInPlace, false)]
    [InlineData(Upstream.Exchanges, true)]
    [InlineData(Upstream.Exchanges, false)]
    [InlineData(Upstream.ExchangesLater, true)]
    [InlineData(Upstream.ExchangesLater, false)]
    [InlineData(Upstream.Sparse, true)]
    [InlineData(Upstream.Sparse, false)]
    public void Every_slot_keeps_its_row(Upstream upstream, bool keep)
    {
        var row = new Source(upstream);
        var window = new VectorColumnWindow<float>(row, row.Schema[0], keep ? Rows : 0);
        var pixels = Enumerable.Range(0, Rows).Select(_ => new float[Length]).ToArray();
        for (var pass = 0; pass < 2; pass++)
        {
            for (var slot = 0; slot < Rows; slot++)
            {
                row.MoveTo((pass * Rows) + slot);
                window.Fetch(slot, ref pixels[slot]);
            }

            for (var slot = 0; slot < Rows; slot++)
            {
                var expected = Source.ValuesOf((pass * Rows) + slot);
                Assert.Equal(expected, pixels[slot]);
                if (keep)
                {
                    var at = slot;
                    VBuffer<float> handed = default;
                    ((ValueGetter<VBuffer<float>>)window.CreateGetter(() => at))(ref handed);
                    Assert.Equal(expected, handed.DenseValues());
                }
            }
        }
    }

    [Fact]
    public void An_array_that_is_written_in_place_is_not_copied()
    {
        var row = new Source(Upstream.WritesInPlace);
        var window = new VectorColumnWindow<float>(row, row.Schema[0], 0);
        var given = new float[Length];
        var pixels = given;
        row.MoveTo(3);
        window.Fetch(0, ref pixels);
        Assert.Same(given, pixels);
        Assert.Equal(Source.ValuesOf(3), given);
    }

    private sealed class Source : DataViewRow
    {
        private readonly Upstream _upstream;
        private long _position = -1;
        private VBuffer<float> _own;

        public Source(Upstream upstream)
        {
            _upstream = upstream;
            var builder = new DataViewSchema.Builder();
            builder.AddColumn("Image", new VectorDataViewType(NumberDataViewType.Single, Length));
            Schema = builder.ToSchema();
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _position;

        public override long Batch => 0;

        /// <summary>One number that is not 0, so that sparse vectors are what they are.</summary>
        public static float[] ValuesOf(long position) => [.. Enumerable.Range(0, Length).Select(i => i == 2 ? position + 1f : 0)];

        public void MoveTo(long position) => _position = position;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ValueGetter<TValue>)(object)(ValueGetter<VBuffer<float>>)Get;

        private void Get(ref VBuffer<float> value)
        {
            var values = ValuesOf(_position);
            switch (_upstream)
            {
                case Upstream.Sparse:
                    var sparse = VBufferEditor.Create(ref value, Length, 1);
                    (sparse.Values[0], sparse.Indices[0]) = (values[2], 2);
                    value = sparse.Commit();
                    break;
                case Upstream.WritesInPlace:
                case Upstream.ExchangesLater when _position < 2:
                    var dense = VBufferEditor.Create(ref value, Length);
                    values.CopyTo(dense.Values);
                    value = dense.Commit();
                    break;
                default:
                    var own = VBufferEditor.Create(ref _own, Length);
                    values.CopyTo(own.Values);
                    _own = own.Commit();
                    (value, _own) = (_own, value);
                    break;
            }
        }
    }
}
