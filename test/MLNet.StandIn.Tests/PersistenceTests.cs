using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.StandIn.Tests;

[CustomMappingFactoryAttribute("Double")]
public sealed class DoubleFactory : CustomMappingFactory<ItemValue, Doubled>
{
    public static void Map(ItemValue source, Doubled target) => target.Twice = 2 * source.Value;

    public override Action<ItemValue, Doubled> GetMapping() => Map;
}

public class PersistenceTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void BuiltInTransformersComeBackFromAZipFile()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(6));
        var blobs = new Dictionary<string, byte[]> { ["n0"] = [1, 2], ["n1"] = [3, 4] };
        var nested = _ml.Transforms.CustomMapping<ItemValue, Doubled>(DoubleFactory.Map, "Double")
            .Append(_ml.Transforms.CopyColumns("Copy", "Twice"));
        var pipeline = _ml.Transforms.Concatenate("Features", "Value", "Pair")
            .Append(nested)
            .Append(_ml.Transforms.Conversion.MapValueToKey("Key", "Name"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Back", "Key"))
            .Append(_ml.Transforms.Conversion.MapValue("Blob", blobs, "Name"))
            .Append(_ml.Transforms.DropColumns("Pair"));
        ITransformer model = pipeline.Fit(data);
        ITransformer loaded = RoundTrip(model, data.Schema, out DataViewSchema schema);

        Assert.Equal(data.Schema.Select(c => (c.Name, c.Type.ToString())), schema.Select(c => (c.Name, c.Type.ToString())));
        IDataView expected = model.Transform(data);
        IDataView actual = loaded.Transform(data);
        Assert.Equal(expected.Schema.ToString(), actual.Schema.ToString());
        Assert.Equal(expected.GetColumn<float[]>("Features"), actual.GetColumn<float[]>("Features"));
        Assert.Equal(expected.GetColumn<float>("Copy"), actual.GetColumn<float>("Copy"));
        Assert.Equal(expected.GetColumn<uint>("Key"), actual.GetColumn<uint>("Key"));
        Assert.Equal(expected.GetColumn<string>("Back"), actual.GetColumn<string>("Back"));
        Assert.Equal(expected.GetColumn<byte[]>("Blob"), actual.GetColumn<byte[]>("Blob"));
    }

    [Fact]
    public void ImageTransformersComeBack()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Item { Name = "missing.png" } });
        string folder = Directory.CreateTempSubdirectory().FullName;
        Assert.Throws<ArgumentException>(() => _ml.Transforms.LoadImages("Image", Path.Combine(folder, "absent"), "Name"));
        ITransformer model = _ml.Transforms.LoadImages("Image", folder, "Name")
            .Append(_ml.Transforms.ResizeImages("Small", 6, 4, "Image"))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Small", interleavePixelColors: true, scaleImage: 0.5f)).Fit(data);
        ITransformer loaded = RoundTrip(model, data.Schema, out _);
        Assert.Equal(model.GetOutputSchema(data.Schema).ToString(), loaded.GetOutputSchema(data.Schema).ToString());
        Assert.Equal("Vector<Single, 4, 6, 3>", loaded.GetOutputSchema(data.Schema)["Pixels"].Type.ToString());
        var loader = (ImageLoadingTransformer)((IEnumerable<ITransformer>)loaded).First();
        Assert.Equal(folder, loader.ImageFolder);
    }

    [Fact]
    public void AnExternalTransformerComesBackAsTheBuiltInItDelegatesTo()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        ITransformer inner = _ml.Transforms.CustomMapping<ItemValue, Doubled>(DoubleFactory.Map, "Double").Fit(data);
        ITransformer loaded = RoundTrip(new External(inner, save: true), data.Schema, out _);
        Assert.IsType<CustomMappingTransformer<ItemValue, Doubled>>(loaded);
        Assert.Equal([0f, 2f], loaded.Transform(data).GetColumn<float>("Twice"));
    }

    [Fact]
    public void ATransformerThatSavesNothingCannotBeSaved()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        ITransformer model = new External(_ml.Transforms.CopyColumns("A", "Value").Fit(data), save: false);
        Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(model, data.Schema, new MemoryStream()));
    }

    [Fact]
    public void ACustomMappingNeedsAContractToBeSaved()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        ITransformer unnamed = _ml.Transforms.CustomMapping<ItemValue, Doubled>(DoubleFactory.Map, null).Fit(data);
        Assert.Throws<InvalidOperationException>(() => RoundTrip(unnamed, data.Schema, out _));
        ITransformer unknown = _ml.Transforms.CustomMapping<ItemValue, Doubled>(DoubleFactory.Map, "Nobody").Fit(data);
        Assert.Throws<InvalidOperationException>(() => RoundTrip(unknown, data.Schema, out _));
    }

    [Fact]
    public void AnEntryAddedToTheFileIsIgnored()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(2));
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "model.zip");
        _ml.Model.Save(_ml.Transforms.CopyColumns("A", "Value").Fit(data), data.Schema, path);
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            using Stream extra = archive.CreateEntry("extra.json").Open();
            extra.Write([1, 2, 3]);
        }

        Assert.Equal([0f, 1f], new MLContext().Model.Load(path, out _).Transform(data).GetColumn<float>("A"));
    }

    [Fact]
    public void SchemasKeepKeyValuesAndLeaveOutImages()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Items.Make(3));
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Append(_ml.Transforms.LoadImages("Image", null, "Name"))
            .Fit(data).Transform(data);
        RoundTrip(_ml.Transforms.CopyColumns("A", "Value").Fit(keyed), keyed.Schema, out DataViewSchema schema);
        Assert.Null(schema.GetColumnOrNull("Image"));
        VBuffer<ReadOnlyMemory<char>> values = default;
        schema["Key"].GetKeyValues(ref values);
        Assert.Equal(["n0", "n1", "n2"], values.DenseValues().Select(v => v.ToString()));
    }

    private ITransformer RoundTrip(ITransformer model, DataViewSchema schema, out DataViewSchema loadedSchema)
    {
        using var stream = new MemoryStream();
        _ml.Model.Save(model, schema, stream);
        stream.Position = 0;
        return new MLContext().Model.Load(stream, out loadedSchema);
    }

    private sealed class External(ITransformer inner, bool save) : ITransformer
    {
        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IDataView Transform(IDataView input) => inner.Transform(input);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => inner.GetRowToRowMapper(inputSchema);

        public void Save(ModelSaveContext ctx)
        {
            if (save)
                inner.Save(ctx);
        }
    }
}
