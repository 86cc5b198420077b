using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.StandIn.Tests;

public class ConversionTests
{
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Names(params string[] names) => _ml.Data.LoadFromEnumerable(names.Select(n => new Item { Name = n }).ToArray());

    [Fact]
    public void KeysFollowTheOrderOfOccurrence()
    {
        IDataView data = Names("cat", "ant", "cat", "", "bee");
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Fit(data).Transform(data);
        Assert.Equal([1u, 2u, 1u, 0u, 3u], keyed.GetColumn<uint>("Key"));
        Assert.Equal(3ul, ((KeyDataViewType)keyed.Schema["Key"].Type).Count);
        Assert.True(keyed.Schema["Key"].HasKeyValues());
        VBuffer<ReadOnlyMemory<char>> values = default;
        keyed.Schema["Key"].GetKeyValues(ref values);
        Assert.Equal(["cat", "ant", "bee"], values.DenseValues().Select(v => v.ToString()));
    }

    [Fact]
    public void KeysCanBeOrderedByValueOrGiven()
    {
        IDataView data = Names("cat", "ant", "bee");
        IDataView byValue = _ml.Transforms.Conversion
            .MapValueToKey("Key", "Name", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(data).Transform(data);
        Assert.Equal([3u, 1u, 2u], byValue.GetColumn<uint>("Key"));

        IDataView given = _ml.Transforms.Conversion.MapValueToKey("Key", "Name", keyData: Terms("bee", "cat")).Fit(data).Transform(data);
        Assert.Equal([2u, 0u, 1u], given.GetColumn<uint>("Key"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.Conversion.MapValueToKey("Key", "Name", keyData: Names("bee", "cat")));

        IDataView few = _ml.Transforms.Conversion.MapValueToKey("Key", "Name", maximumNumberOfKeys: 1).Fit(data).Transform(data);
        Assert.Equal([1u, 0u, 0u], few.GetColumn<uint>("Key"));
    }

    [Fact]
    public void KeysMapBackToValues()
    {
        IDataView data = Names("cat", "ant", "cat");
        var chain = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key"));
        ITransformer model = chain.Fit(data);
        Assert.Equal(["cat", "ant", "cat"], model.Transform(data).GetColumn<string>("Back"));
        Assert.Equal("", model.Transform(Names("dog")).GetColumn<string>("Back").Single());
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.Conversion.MapKeyToValue("Back", "Value").Fit(data));
    }

    [Fact]
    public void ValuesMapThroughATable()
    {
        IDataView data = Names("a", "b", "c");
        var pairs = new Dictionary<string, float> { ["a"] = 1, ["b"] = 2 };
        Assert.Equal([1f, 2f, 0f], Apply(_ml.Transforms.Conversion.MapValue("Out", pairs, "Name"), data).GetColumn<float>("Out"));

        var blobs = new Dictionary<string, byte[]> { ["a"] = [1, 2, 3] };
        Assert.Equal([1, 2, 3], Apply(_ml.Transforms.Conversion.MapValue("Out", blobs, "Name"), data).GetColumn<byte[]>("Out").First());

        var keys = new Dictionary<string, string> { ["a"] = "x", ["b"] = "x", ["c"] = "y" };
        IDataView keyed = Apply(_ml.Transforms.Conversion.MapValue("Out", keys, "Name", treatValuesAsKeyType: true), data);
        Assert.Equal([1u, 1u, 2u], keyed.GetColumn<uint>("Out"));
        Assert.True(keyed.Schema["Out"].HasKeyValues());
        Assert.ThrowsAny<Exception>(() => Apply(_ml.Transforms.Conversion.MapValue("Out", pairs, "Value"), data).GetColumn<float>("Out").ToList());
    }

    private IDataView Terms(params string[] terms) => _ml.Data.LoadFromEnumerable(terms.Select(t => new Term { Value = t }).ToArray());

    private static IDataView Apply(IEstimator<ITransformer> estimator, IDataView data) => estimator.Fit(data).Transform(data);

    private sealed class Term
    {
        public string Value { get; set; } = "";
    }
}
