using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;

namespace MLNet.StandIn.Tests;

public class OnnxTests
{
    private static readonly string ModelFile = Path.Combine(AppContext.BaseDirectory, "models", "fashion-resnet8-10.onnx");
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _input;
    private readonly string _output;
    private readonly int[] _shape;

    public OnnxTests()
    {
        using var session = new InferenceSession(ModelFile);
        _input = session.InputMetadata.Keys.Single();
        _output = session.OutputMetadata.Keys.First();
        _shape = [.. session.InputMetadata[_input].Dimensions.Select(d => Math.Max(1, d))];
    }

    [Fact]
    public void ScoresRowsAsTheSessionDoes()
    {
        IDataView data = Data(3);
        OnnxTransformer model = _ml.Transforms.ApplyOnnxModel(_output, _input, ModelFile).Fit(data);
        float[][] scores = [.. model.Transform(data).GetColumn<float[]>(_output)];
        Assert.Equal(3, scores.Length);
        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(Reference(Row(i)), scores[i]);
        model.Dispose();
    }

    [Fact]
    public void OutputTypesHaveABatchOfOne()
    {
        IDataView data = Data(1);
        using OnnxTransformer model = _ml.Transforms.ApplyOnnxModel(new OnnxOptions { ModelFile = ModelFile, InputColumns = [], OutputColumns = [] }).Fit(data);
        var type = (VectorDataViewType)model.GetOutputSchema(data.Schema)[_output].Type;
        Assert.Equal(1, type.Dimensions[0]);
        Assert.True(type.IsKnownSize);
    }

    [Fact]
    public void FilesAndStreamsSurviveSaving()
    {
        IDataView data = Data(1);
        using var bytes = new MemoryStream(File.ReadAllBytes(ModelFile));
        ITransformer[] models =
        [
            _ml.Transforms.ApplyOnnxModel(
                [_output], [_input], bytes, new Dictionary<string, int[]> { [_input] = _shape }, null, false, 100).Fit(data),
            _ml.Transforms.ApplyOnnxModel(_output, _input, ModelFile).Fit(data),
        ];
        foreach (ITransformer model in models)
        {
            using var stream = new MemoryStream();
            _ml.Model.Save(model, data.Schema, stream);
            stream.Position = 0;
            using var loaded = (OnnxTransformer)new MLContext().Model.Load(stream, out _);
            Assert.Equal(Reference(Row(0)), loaded.Transform(data).GetColumn<float[]>(_output).Single());
        }
    }

    [Fact]
    public void WrongInputsAreRejected()
    {
        IDataView other = _ml.Data.LoadFromEnumerable(Items.Make(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ApplyOnnxModel(_output, _input, ModelFile).Fit(other));
        Assert.Throws<InvalidOperationException>(() => _ml.Transforms.ApplyOnnxModel(_output, _input, ModelFile).Fit(Data(1, size: 5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ApplyOnnxModel("nothing", _input, ModelFile));
        Assert.Throws<IOException>(() => _ml.Transforms.ApplyOnnxModel(_output, _input, "absent.onnx"));
    }

    private int Count => _shape.Aggregate(1, (product, d) => product * d);

    private float[] Row(int row, int? size = null) => [.. Enumerable.Range(0, size ?? Count).Select(i => ((i * 7) + row) % 11 / 11f)];

    private IDataView Data(int rows, int? size = null)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Input));
        definition["Pixels"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, size ?? Count);
        definition["Pixels"].ColumnName = _input;
        return _ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, rows).Select(i => new Input { Pixels = Row(i, size) }).ToArray(), definition);
    }

    private float[] Reference(float[] pixels)
    {
        using var session = new InferenceSession(ModelFile);
        using OrtValue tensor = OrtValue.CreateTensorValueFromMemory(pixels, [.. _shape.Select(d => (long)d)]);
        using var options = new RunOptions();
        using var results = session.Run(options, [_input], [tensor], [_output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private sealed class Input
    {
        public float[] Pixels { get; set; } = [];
    }
}
