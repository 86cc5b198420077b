using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public class DataViewTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void SchemaComesFromTheClass()
    {
        DataViewSchema schema = _ml.Data.LoadFromEnumerable(Items.Make(1)).Schema;
        Assert.Equal(["Name", "Value", "Pair"], schema.Select(c => c.Name));
        Assert.Same(TextDataViewType.Instance, schema["Name"].Type);
        Assert.Same(NumberDataViewType.Single, schema["Value"].Type);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 2), schema["Pair"].Type);
        Assert.Null(schema.GetColumnOrNull("nothing"));
        Assert.Throws<ArgumentOutOfRangeException>(() => schema["nothing"]);
    }

    [Fact]
    public void LaterColumnOfTheSameNameHidesTheEarlier()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single);
        builder.AddColumn("A", TextDataViewType.Instance);
        DataViewSchema schema = builder.ToSchema();
        Assert.True(schema[0].IsHidden);
        Assert.False(schema[1].IsHidden);
        Assert.Equal(1, schema["A"].Index);
    }

    [Fact]
    public void InactiveColumnsAndWrongTypesThrow()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["Value"]]);
        Assert.True(cursor.IsColumnActive(data.Schema["Value"]));
        Assert.False(cursor.IsColumnActive(data.Schema["Name"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Name"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<double>(data.Schema["Value"]));

        ValueGetter<float> getter = cursor.GetGetter<float>(data.Schema["Value"]);
        float value = 0;
        Assert.ThrowsAny<Exception>(() => getter(ref value));
        Assert.Equal(-1, cursor.Position);
        Assert.True(cursor.MoveNext());
        Assert.Equal(0, cursor.Position);
        getter(ref value);
        Assert.Equal(0, value);
        Assert.True(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.ThrowsAny<Exception>(() => getter(ref value));
    }

    [Fact]
    public void ObjectsComeBackAsTheyWentIn()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        Item[] back = [.. _ml.Data.CreateEnumerable<Item>(data, reuseRowObject: false)];
        Assert.Equal(["n0", "n1", "n2"], back.Select(i => i.Name));
        Assert.Equal([2f, -2f], back[2].Pair);
        Assert.NotSame(back[0], back[1]);
        Assert.Single(_ml.Data.CreateEnumerable<Item>(data, reuseRowObject: true).Distinct(ReferenceEqualityComparer.Instance));
        Assert.Equal([0f, 1f, 2f], data.GetColumn<float>("Value"));
        Assert.Equal(["n0", "n1", "n2"], data.GetColumn<string>("Name"));
        Assert.Equal([1f, -1f], data.GetColumn<float[]>(data.Schema["Pair"]).ElementAt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.GetColumn<int>("Value"));
    }

    [Fact]
    public void MembersCountKeysFromZeroAndColumnsFromOne()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(i => new Keyed { Small = (byte)i, Middle = (uint)i, Large = (ulong)i }));
        Assert.Equal(new KeyDataViewType(typeof(byte), 3), data.Schema["Small"].Type);
        Assert.Equal([1, 2, 3, 0], data.GetColumn<byte>("Small"));
        Assert.Equal([1u, 2u, 3u, 0u], data.GetColumn<uint>("Middle"));
        Assert.Equal([1ul, 2ul, 3ul, 0ul], data.GetColumn<ulong>("Large"));
        Assert.Equal([1u, 2u, 3u, 0u], _ml.Data.CreateEnumerable<Keyed>(data, false).Select(k => k.Middle));

        IDataView shorts = _ml.Data.LoadFromEnumerable(new[] { new ShortKeyed() });
        Assert.Throws<InvalidOperationException>(() => CauseOf(() => shorts.GetRowCursor(shorts.Schema)));
    }

    [Fact]
    public void MissingColumnsThrowUnlessIgnored()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<Doubled>(data, false).ToList());
        Assert.Equal(0, _ml.Data.CreateEnumerable<Doubled>(data, false, ignoreMissingColumns: true).Single().Twice);
    }

    [Fact]
    public void ObjectsStreamAndACacheShuffles()
    {
        IDataView stream = _ml.Data.LoadFromEnumerable(Items.Make(5).Select(i => i));
        Assert.False(stream.CanShuffle);
        Assert.Null(stream.GetRowCount());

        IDataView list = _ml.Data.LoadFromEnumerable(Items.Make(50));
        Assert.False(list.CanShuffle);
        Assert.Equal(50, list.GetRowCount());
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), Values(list.GetRowCursor(list.Schema, new Random(3))));

        IDataView cache = _ml.Data.Cache(list);
        Assert.True(cache.CanShuffle);
        float[] shuffled = Values(cache.GetRowCursor(cache.Schema, new Random(3)));
        Assert.NotEqual(Enumerable.Range(0, 50).Select(i => (float)i), shuffled);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), shuffled.Order());
        Assert.Equal(shuffled, Values(cache.GetRowCursor(cache.Schema, new Random(3))));

        float[] pooled = [.. _ml.Data.ShuffleRows(stream, seed: 4, shufflePoolSize: 3).GetColumn<float>("Value")];
        Assert.Equal([0f, 1f, 2f, 3f, 4f], pooled.Order());
        IDataView many = _ml.Data.ShuffleRows(_ml.Data.LoadFromEnumerable(Items.Make(300)), 7, 20);
        Assert.Equal(Items.Make(300).Select(i => i.Value), many.GetColumn<float>("Value").Order());
    }

    [Fact]
    public void ACursorSetCoversEveryRowOnce()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(10));
        DataViewRowCursor[] set = data.GetRowCursorSet(data.Schema, 4);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (float)i), set.SelectMany(Values).Order());
    }

    [Fact]
    public void TakeAndSkip()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(10));
        Assert.Equal([0f, 1f], _ml.Data.TakeRows(data, 2).GetColumn<float>("Value"));
        Assert.Equal([8f, 9f], _ml.Data.SkipRows(data, 8).GetColumn<float>("Value"));
        Assert.Empty(_ml.Data.SkipRows(data, 11).GetColumn<float>("Value"));
        Assert.Equal(2, _ml.Data.TakeRows(data, 2).GetRowCount());
    }

    [Fact]
    public void SplitsPartitionTheRowsAndKeepGroupsTogether()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2000));
        var split = _ml.Data.TrainTestSplit(data, testFraction: 0.25, seed: 5);
        float[] train = [.. split.TrainSet.GetColumn<float>("Value")];
        float[] test = [.. split.TestSet.GetColumn<float>("Value")];
        Assert.Equal(Items.Make(2000).Select(i => i.Value), train.Concat(test).Order());
        Assert.InRange(test.Length, 420, 580);
        Assert.Equal(test, _ml.Data.TrainTestSplit(data, 0.25, seed: 5).TestSet.GetColumn<float>("Value"));

        var folds = _ml.Data.CrossValidationSplit(data, 4, seed: 2);
        Assert.Equal(Items.Make(2000).Select(i => i.Value), folds.SelectMany(f => f.TestSet.GetColumn<float>("Value")).Order());

        var grouped = _ml.Data.TrainTestSplit(data, 0.5, samplingKeyColumnName: "Name", seed: 3);
        Assert.Empty(grouped.TrainSet.GetColumn<string>("Name").Distinct().Intersect(grouped.TestSet.GetColumn<string>("Name").Distinct()));
    }

    [Fact]
    public void ACacheReadsTheSourceOnce()
    {
        int read = 0;
        IEnumerable<Item> Source()
        {
            foreach (Item item in Items.Make(4))
            {
                read++;
                yield return item;
            }
        }

        IDataView cached = _ml.Data.Cache(_ml.Data.LoadFromEnumerable(Source()), "Value", "Pair");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal([0f, 1f, 2f, 3f], cached.GetColumn<float>("Value"));
            Assert.Equal([3f, -3f], cached.GetColumn<float[]>("Pair").Last());
        }

        Assert.Equal(4, read);
    }

    [Fact]
    public void BinaryFilesHoldTheRows()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "rows.idv");
        using (FileStream file = File.Create(path))
            _ml.Data.SaveAsBinary(_ml.Data.LoadFromEnumerable(Items.Make(5)), file);
        IDataView loaded = _ml.Data.LoadFromBinary(path);
        Assert.Equal(Texts(Items.Make(5)), Texts(_ml.Data.CreateEnumerable<Item>(loaded, false)));
        Assert.Equal([0f, 1f, 2f, 3f, 4f], _ml.Data.Cache(loaded).GetColumn<float>("Value"));
    }

    [Fact]
    public void PreviewShowsTheFirstRows()
    {
        DataDebuggerPreview preview = _ml.Data.LoadFromEnumerable(Items.Make(10)).Preview(maxRows: 3);
        Assert.Equal(3, preview.RowView.Length);
        Assert.Equal(2f, preview.ColumnView[1].Values[2]);
        Assert.Equal("Value", preview.RowView[0].Values[1].Key);
    }

    [Fact]
    public void AnnotationsHoldTypedValues()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue("Answer", NumberDataViewType.Int32, 42);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("A", NumberDataViewType.Single, annotations.ToAnnotations());
        int answer = 0;
        DataViewSchema.Column column = builder.ToSchema()["A"];
        column.Annotations.GetValue("Answer", ref answer);
        Assert.Equal(42, answer);
        Assert.Throws<InvalidOperationException>(() =>
        {
            float wrong = 0;
            column.Annotations.GetValue("Answer", ref wrong);
        });
    }

    /// <summary>Reflection, through which ML.NET makes its getters, may wrap what they throw.</summary>
    private static void CauseOf(Action action)
    {
        try
        {
            action();
        }
        catch (System.Reflection.TargetInvocationException exception)
        {
            throw exception.InnerException!;
        }
    }

    private static IEnumerable<string> Texts(IEnumerable<Item> items) => items.Select(i => $"{i.Name} {i.Value} {i.Pair[1]}");

    private static float[] Values(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            ValueGetter<float> getter = cursor.GetGetter<float>(cursor.Schema["Value"]);
            var values = new List<float>();
            while (cursor.MoveNext())
            {
                float value = 0;
                getter(ref value);
                values.Add(value);
            }

            return [.. values];
        }
    }

    private sealed class Keyed
    {
        [KeyType(3)]
        public byte Small { get; set; }

        [KeyType(3)]
        public uint Middle { get; set; }

        [KeyType(3)]
        public ulong Large { get; set; }
    }

    private sealed class ShortKeyed
    {
        [KeyType(3)]
        public ushort Key { get; set; }
    }
}
