using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.StandIn.Tests;

public class PredictionEngineTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void PredictsOneObjectAtATime()
    {
        int runs = 0;
        ITransformer model = Model(() => runs++);
        using var engine = _ml.Model.CreatePredictionEngine<Item, DoubledItem>(model);
        Assert.Equal(6f, engine.Predict(new Item { Name = "a", Value = 3 }).Twice);
        DoubledItem result = engine.Predict(new Item { Name = "b", Value = 4 });
        Assert.Equal((8f, "b"), (result.Twice, result.Name));
        Assert.Equal(2, runs);
        Assert.NotNull(engine.OutputSchema.GetColumnOrNull("Twice"));
    }

    [Fact]
    public void TheTransformerIsDisposedUnlessToldOtherwise()
    {
        var owned = new External(Model(() => { }));
        _ml.Model.CreatePredictionEngine<Item, DoubledItem>(owned).Dispose();
        Assert.True(owned.Disposed);

        var kept = new External(Model(() => { }));
        _ml.Model.CreatePredictionEngine<Item, DoubledItem>(kept, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.False(kept.Disposed);

        var inChain = new External(Model(() => { }));
        _ml.Model.CreatePredictionEngine<Item, DoubledItem>(inChain.Append(Model(() => { }))).Dispose();
        Assert.True(inChain.Disposed);
    }

    [Fact]
    public void EveryMemberOfTheChainMustBeARowToRowMapper()
    {
        ITransformer chain = Model(() => { }).Append(new External(Model(() => { })) { IsRowToRowMapper = false });
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Model.CreatePredictionEngine<Item, DoubledItem>(chain));
    }

    [Fact]
    public void AMapperMustBindToTheVerySchemaItWasGiven()
    {
        var external = new External(Model(() => { })) { CopySchema = true };
        Assert.Throws<InvalidOperationException>(
            () => _ml.Model.CreatePredictionEngine<Item, DoubledItem>(external.Append(Model(() => { }))));
        Assert.Throws<InvalidOperationException>(() => _ml.Model.CreatePredictionEngine<Item, DoubledItem>(external));
    }

    [Fact]
    public void ExternalMappersWorkBetweenBuiltIns()
    {
        var chain = _ml.Transforms.CopyColumns("Other", "Value").Fit(_ml.Data.LoadFromEnumerable(Items.Make(1)))
            .Append(new External(Model(() => { })))
            .Append(_ml.Transforms.CopyColumns("Last", "Twice").Fit(Model(() => { }).Transform(_ml.Data.LoadFromEnumerable(Items.Make(1)))));
        using var engine = _ml.Model.CreatePredictionEngine<Item, DoubledItem>(chain);
        Assert.Equal(10f, engine.Predict(new Item { Value = 5 }).Twice);
    }

    private ITransformer Model(Action onRun) => _ml.Transforms.CustomMapping<ItemValue, Doubled>(
        (source, target) =>
        {
            onRun();
            target.Twice = 2 * source.Value;
        },
        null).Fit(_ml.Data.LoadFromEnumerable(Items.Make(1)));

    private sealed class External(ITransformer inner) : ITransformer, IDisposable
    {
        public bool IsRowToRowMapper { get; init; } = true;

        public bool CopySchema { get; init; }

        public bool Disposed { get; private set; }

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IDataView Transform(IDataView input) => inner.Transform(input);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
        {
            if (!CopySchema)
                return inner.GetRowToRowMapper(inputSchema);
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(inputSchema);
            return inner.GetRowToRowMapper(builder.ToSchema());
        }

        public void Save(ModelSaveContext ctx) => inner.Save(ctx);

        public void Dispose() => Disposed = true;
    }
}
