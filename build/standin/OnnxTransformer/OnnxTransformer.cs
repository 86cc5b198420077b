using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>
/// Scores an ONNX model row by row. All active outputs of a row come from one run. As in ML.NET the model is loaded when the estimator is
/// made, a model file is read again when the transformer is saved, and the numbers of threads are not saved.
/// </summary>
public sealed class OnnxTransformer : RowToRowTransformerBase, IDisposable
{
    internal const string LoaderName = "OnnxTransform";
    private const string ModelEntry = "OnnxModel";
    private readonly string? _modelFile;
    private readonly byte[]? _modelBytes;
    private readonly InferenceSession _session;
    private readonly Dictionary<string, int[]> _shapes;

    internal OnnxTransformer(MLContext context, OnnxOptions options, byte[]? modelBytes)
    {
        ArgumentNullException.ThrowIfNull(options.InputColumns);
        ArgumentNullException.ThrowIfNull(options.OutputColumns);
        _modelFile = modelBytes == null ? options.ModelFile : null;
        _modelBytes = modelBytes;
        if (modelBytes == null && !File.Exists(options.ModelFile))
            throw new IOException($"Model file {options.ModelFile} does not exist.");
        _shapes = options.ShapeDictionary == null ? [] : new(options.ShapeDictionary);
        using SessionOptions session = MakeSessionOptions(context, options);
        try
        {
            _session = modelBytes == null ? new InferenceSession(options.ModelFile, session) : new InferenceSession(modelBytes, session);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidOperationException($"Error initializing model :{exception}", exception);
        }

        Inputs = Nodes(options.InputColumns, _session.InputMetadata, "input");
        Outputs = Nodes(options.OutputColumns, _session.OutputMetadata, "output");
    }

    internal OnnxNode[] Inputs { get; }

    internal OnnxNode[] Outputs { get; }

    public void Dispose() => _session.Dispose();

    internal static OnnxTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        var options = new OnnxOptions
        {
            InputColumns = Strings(reader),
            OutputColumns = Strings(reader),
            ShapeDictionary = new Dictionary<string, int[]>(),
            FallbackToCpu = true,
        };
        for (int left = reader.ReadInt32(); left > 0; left--)
            options.ShapeDictionary[reader.ReadString()] = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32())];
        using BinaryReader model = ctx.OpenEntry(ModelEntry) ?? throw new FormatException("Corrupt model file: the ONNX model is missing.");
        return new OnnxTransformer((MLContext)ctx.Environment, options, model.ReadBytes(model.ReadInt32()));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        byte[] model = _modelBytes ?? File.ReadAllBytes(_modelFile!);
        ctx.Write(LoaderName, writer =>
        {
            Write(writer, Inputs);
            Write(writer, Outputs);
            writer.Write(_shapes.Count);
            foreach ((string name, int[] shape) in _shapes)
            {
                writer.Write(name);
                writer.Write(shape.Length);
                foreach (int dimension in shape)
                    writer.Write(dimension);
            }
        });
        ctx.WriteEntry(ModelEntry, writer =>
        {
            writer.Write(model.Length);
            writer.Write(model);
        });
    }

    private protected override RowMapper MakeMapper(DataViewSchema schema) => new OnnxMapper(_session, Inputs, Outputs, schema);

    private static SessionOptions MakeSessionOptions(MLContext context, OnnxOptions options)
    {
        var session = new SessionOptions();
        session.InterOpNumThreads = options.InterOpNumThreads ?? 0;
        session.IntraOpNumThreads = options.IntraOpNumThreads ?? 0;
        if ((options.GpuDeviceId ?? context.GpuDeviceId) is not { } gpu)
            return session;
        try
        {
            session.AppendExecutionProvider_CUDA(gpu);
        }
        catch (OnnxRuntimeException) when (options.FallbackToCpu || context.FallbackToCpu)
        {
        }
        catch
        {
            session.Dispose();
            throw;
        }

        return session;
    }

    private OnnxNode[] Nodes(string[] names, IReadOnlyDictionary<string, NodeMetadata> metadata, string role) =>
        [.. (names.Length > 0 ? names : [.. metadata.Keys]).Select(name => metadata.TryGetValue(name, out NodeMetadata? node)
            ? new OnnxNode(name, node, _shapes.GetValueOrDefault(name))
            : throw new ArgumentOutOfRangeException(nameof(names), name, $"The ONNX model has no {role} '{name}'; it has {string.Join(", ", metadata.Keys)}."))];

    private static void Write(BinaryWriter writer, OnnxNode[] nodes)
    {
        writer.Write(nodes.Length);
        foreach (OnnxNode node in nodes)
            writer.Write(node.Name);
    }

    private static string[] Strings(BinaryReader reader) => [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
}
