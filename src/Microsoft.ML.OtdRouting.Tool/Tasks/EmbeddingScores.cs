using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Arrays;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>The route of each image in a table, and all embeddings in one array, an image a row; NaN where one failed.</summary>
/// <param name="request">What is asked for.</param>
internal sealed class EmbeddingScores(ScoreRequest request) : ScoreTable(request)
{
    private readonly ScoreRequest _request = request;
    private float[] _row = [];
    private Action? _writeRow;

    protected override IReadOnlyList<string> Columns { get; } = ["Path", "Route", "Cost"];

    protected override IReadOnlyList<string> Sources => ["Embedding"];

    public override void Write(IDataView scored)
    {
        int length = ((VectorDataViewType)scored.Schema["Embedding"].Type).Size;
        NpyFile.WriteRows(_request.Arrays!, [_request.Images.Images.Count, length], writeRow =>
        {
            _row = new float[length];
            _writeRow = () => writeRow(_row);
            base.Write(scored);
        });
    }

    protected override Func<IEnumerable<string[]>> Open(DataViewRowCursor cursor)
    {
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Embedding"]);
        VBuffer<float> value = default;
        return () =>
        {
            get(ref value);
            value.CopyTo(_row);
            _writeRow!();
            return [[]];
        };
    }

    protected override void Skip(DataViewRowCursor cursor)
    {
        Array.Fill(_row, float.NaN);
        _writeRow!();
    }
}
