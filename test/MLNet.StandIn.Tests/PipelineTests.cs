using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public class PipelineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void MappingsAreLazyAndRunOnceARow()
    {
        int runs = 0;
        var mapping = _ml.Transforms.CustomMapping<ItemValue, Doubled>(
            (source, target) =>
            {
                runs++;
                target.Twice = 2 * source.Value;
                target.Plus = source.Value + 1;
            },
            null);
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(4));
        IDataView mapped = mapping.Fit(data).Transform(data);
        Assert.Equal(0, runs);

        Assert.Equal(4, mapped.GetColumn<float>("Value").Count());
        Assert.Equal(0, runs);

        Assert.Equal([0f, 2f, 4f, 6f], mapped.GetColumn<float>("Twice"));
        Assert.Equal(4, runs);

        runs = 0;
        Doubled[] all = [.. _ml.Data.CreateEnumerable<Doubled>(mapped, false)];
        Assert.Equal(4, runs);
        Assert.Equal(4f, all[3].Plus);
    }

    [Fact]
    public void OnlyTheColumnsThatAreNeededAreRead()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(1));
        IDataView mapped = _ml.Transforms.CopyColumns("Copy", "Value").Append(_ml.Transforms.CopyColumns("Copy2", "Copy")).Fit(data)
            .Transform(data);
        using DataViewRowCursor cursor = mapped.GetRowCursor([mapped.Schema["Copy2"]]);
        Assert.False(cursor.IsColumnActive(mapped.Schema["Name"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(mapped.Schema["Copy"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(mapped.Schema["Copy2"]));
    }

    [Fact]
    public void ChainsPropagateSchemasAndHideReplacedColumns()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        var chain = _ml.Transforms.Concatenate("Features", "Value", "Pair")
            .Append(_ml.Transforms.CopyColumns("Value", "Features"));
        TransformerChain<Microsoft.ML.Transforms.ColumnCopyingTransformer> model = chain.Fit(data);
        Assert.Equal(2, model.Count());
        Assert.Same(model.Last(), model.LastTransformer);

        DataViewSchema schema = model.GetOutputSchema(data.Schema);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), schema["Value"].Type);
        Assert.True(schema[1].IsHidden);
        VBuffer<ReadOnlyMemory<char>> names = default;
        Assert.True(schema["Features"].HasSlotNames());
        schema["Features"].GetSlotNames(ref names);
        Assert.Equal(["Value", "", ""], names.DenseValues().Select(n => n.ToString()));
        Assert.Equal([2f, 2f, -2f], model.Transform(data).GetColumn<float[]>("Value").Last());
    }

    [Fact]
    public void WrongShapesAreRejectedBeforeAnythingIsFitted()
    {
        bool fitted = false;
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        var chain = _ml.Transforms.CopyColumns("Copy", "Value").WithOnFitDelegate(_ => fitted = true)
            .Append(_ml.Transforms.CopyColumns("X", "Absent"));
        var missing = Assert.Throws<ArgumentOutOfRangeException>(() => chain.Fit(data));
        Assert.Contains("Could not find input column 'Absent'", missing.Message);
        Assert.False(fitted);

        var wrong = Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.CopyColumns("C", "Value").Append(_ml.Transforms.LoadImages("I", null, "C")).Fit(data));
        Assert.Contains("Schema mismatch for input column 'C'", wrong.Message);
    }

    [Fact]
    public void AShapeForANewColumnCanComeFromACustomMapping()
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(ItemValue));
        definition["Value"].ColumnName = "Renamed";
        SchemaShape shape = _ml.Transforms.CustomMapping<ItemValue, ItemValue>((_, _) => { }, null, outputSchemaDefinition: definition)
            .GetOutputSchema(_ml.Transforms.CopyColumns("Value", "Value").GetOutputSchema(ShapeOf(Items.Make(1))));
        SchemaShape.Column column = shape.Single(c => c.Name == "Renamed");
        Assert.Equal(SchemaShape.Column.VectorKind.Scalar, column.Kind);
        Assert.Same(NumberDataViewType.Single, column.ItemType);
    }

    [Fact]
    public void CacheCheckpointsReadTheirInputOnce()
    {
        int runs = 0;
        var data = _ml.Data.LoadFromEnumerable(Items.Make(4));
        var chain = _ml.Transforms.CustomMapping<ItemValue, Doubled>((_, _) => runs++, null)
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Twice"))
            .Append(_ml.Transforms.Conversion.MapValueToKey("Key2", "Twice"));
        chain.Fit(data);
        Assert.Equal(4, runs);
    }

    [Fact]
    public void ColumnsCanBeSelectedAndDropped()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        Assert.Equal(["Pair", "Name"], Apply(_ml.Transforms.SelectColumns("Pair", "Name"), data).Schema.Select(c => c.Name));
        IDataView dropped = Apply(_ml.Transforms.DropColumns("Pair"), data);
        Assert.Equal(["Name", "Value"], dropped.Schema.Select(c => c.Name));
        Assert.Equal([0f, 1f], dropped.GetColumn<float>("Value"));
    }

    [Fact]
    public void MessagesReachTheLog()
    {
        var seen = new List<LoggingEventArgs>();
        _ml.Log += (_, e) => seen.Add(e);
        Microsoft.ML.Runtime.IHostEnvironment env = _ml;
        using (var channel = env.Register("Router").Start("Fit"))
            channel.Info(Microsoft.ML.Runtime.MessageSensitivity.None, "hello");
        LoggingEventArgs message = Assert.Single(seen, e => e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Info);
        Assert.Equal("Channel started", seen[0].RawMessage);
        Assert.All(seen.Where(e => e != message), e => Assert.Equal(Microsoft.ML.Runtime.ChannelMessageKind.Trace, e.Kind));
        Assert.Equal("hello", message.RawMessage);
        Assert.Equal(Microsoft.ML.Runtime.ChannelMessageKind.Info, message.Kind);
        Assert.Contains("Router", message.Source);
        Assert.Contains("hello", message.Message);
    }

    [Fact]
    public void SeededContextsDrawTheSameNumbers()
    {
        static int Draw() => ((Microsoft.ML.Runtime.IHostEnvironment)new MLContext(seed: 9)).Register("A").Rand.Next();
        Assert.Equal(Draw(), Draw());
    }

    private static IDataView Apply(IEstimator<ITransformer> estimator, IDataView data) => estimator.Fit(data).Transform(data);

    /// <summary>A shape can only be had from an estimator, so a probe inside a chain takes it.</summary>
    private SchemaShape ShapeOf(IEnumerable<Item> items)
    {
        var probe = new ShapeProbe(_ml.Transforms.CopyColumns("Probe", "Value"));
        new EstimatorChain<ITransformer>().Append(probe).Fit(_ml.Data.LoadFromEnumerable(items));
        return probe.Seen!;
    }

    private sealed class ShapeProbe(IEstimator<ITransformer> inner) : IEstimator<ITransformer>
    {
        public SchemaShape? Seen { get; private set; }

        public ITransformer Fit(IDataView input) => inner.Fit(input);

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Seen = inputSchema;
            return inner.GetOutputSchema(inputSchema);
        }
    }
}
