using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Arrays;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>The route of each image in a table, with the name of an array that holds its map.</summary>
/// <param name="request">What is asked for.</param>
internal sealed class MapScores(ScoreRequest request) : ScoreTable(request)
{
    private readonly string _folder = request.Arrays!;

    protected override IReadOnlyList<string> Columns { get; } = ["Path", "Route", "Cost", "Array"];

    protected override IReadOnlyList<string> Sources => ["Prediction"];

    public override void Write(IDataView scored)
    {
        Directory.CreateDirectory(_folder);
        base.Write(scored);
    }

    protected override Func<IEnumerable<string[]>> Open(DataViewRowCursor cursor)
    {
        DataViewSchema.Column column = cursor.Schema["Prediction"];
        long[] shape = [.. ((VectorDataViewType)column.Type).Dimensions.Select(d => (long)d)];
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        return () =>
        {
            get(ref value);
            string name = (cursor.Position + 1).ToString("D6", CultureInfo.InvariantCulture) + ".npy";
            float[] map = [.. value.DenseValues()];
            NpyFile.WriteRows(Path.Combine(_folder, name), shape, writeRow => writeRow(map));
            return [[name]];
        };
    }
}
