using System.Text.Json;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Writes a trained network at one size as an ONNX model, and holds what ONNX Runtime makes of it against the network.</summary>
internal static class NetworkExport
{
    /// <summary>Name of the input, float [batch, 3, height, width], planar RGB, 0..255.</summary>
    public const string Image = "image";

    /// <summary>Name of the second output, [batch, numbers].</summary>
    public const string Embedding = "embedding";

    /// <summary>Key of the names of classes in the model's metadata, a JSON array in the order of the logits.</summary>
    public const string ClassesKey = "Microsoft.ML.OtdRouting.classes";

    /// <summary>Between libtorch and ONNX Runtime, as part of the largest number.</summary>
    public const float Tolerance = 1e-4f;

    /// <summary>Version of the format that came with the operators' version.</summary>
    private const long FormatVersion = 8;

    /// <summary>The model of a size.</summary>
    /// <param name="network">The network.</param>
    /// <param name="size">Which of its sizes.</param>
    /// <param name="scored">What it makes of some images at the size.</param>
    /// <param name="answer">Name of its first output.</param>
    /// <param name="classNames">Names of its classes; empty where there are none.</param>
    public static ModelProto Write(MultiResolutionNetwork network, int size, ScoredBatch scored, string answer, IReadOnlyList<string> classNames)
    {
        var graph = new NetworkGraph();
        var outputs = network.Write(graph, Image, size);
        var proto = graph.Graph;
        // Names of outputs are what users see.
        proto.Node.Add(Named(outputs.Answer, answer));
        proto.Node.Add(Named(outputs.Embedding, Embedding));
        proto.Input.Add(Value(Image, 3, network.Sizes[size].Height, network.Sizes[size].Width));
        proto.Output.Add(Value(answer, scored.AnswerShape));
        proto.Output.Add(Value(Embedding, scored.EmbeddingShape));
        var model = new ModelProto { IrVersion = FormatVersion, ProducerName = "Microsoft.ML.OtdRouting", Graph = proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = NetworkGraph.OperatorVersion });
        if (classNames.Count > 0)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = ClassesKey, Value = JsonSerializer.Serialize(classNames) });
        }

        return model;
    }

    /// <summary>Throws unless ONNX Runtime makes the same of a batch as the network.</summary>
    /// <param name="bytes">The model.</param>
    /// <param name="batch">Images.</param>
    /// <param name="size">The size of the model.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="scored">What the network makes of the images.</param>
    /// <param name="answer">Name of the first output.</param>
    /// <exception cref="NotSupportedException">It does not run, or makes something else of the images.</exception>
    public static void RequireSame(byte[] bytes, TrainingBatch batch, int size, InputSize name, ScoredBatch scored, string answer)
    {
        try
        {
            using var session = new InferenceSession(bytes);
            using var input = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, batch.Pixels[size].AsMemory(0, batch.Count * 3 * name.Height * name.Width), [batch.Count, 3, name.Height, name.Width]);
            using var run = new RunOptions();
            using var outputs = session.Run(run, [Image], [input], [answer, Embedding]);
            RequireSame(answer, outputs[0], scored.Answer, name);
            RequireSame(Embedding, outputs[1], scored.Embedding, name);
        }
        catch (OnnxRuntimeException e)
        {
            throw new NotSupportedException($"The network that was written at {name} does not run: {e.Message}", e);
        }
    }

    private static void RequireSame(string output, OrtValue value, float[] expected, InputSize name)
    {
        var found = value.GetTensorDataAsSpan<float>().ToArray();
        var largest = Math.Max(1, expected.Max(MathF.Abs));
        var worst = found.Length == expected.Length ? expected.Zip(found, (e, f) => MathF.Abs(e - f)).Max() : float.PositiveInfinity;
        if (!(worst <= Tolerance * largest))
        {
            throw new NotSupportedException(
                $"The network that was written at {name} gives other numbers in ONNX Runtime than in TorchSharp: '{output}' differs by {worst:G3} where the largest number is {largest:G3} " +
                $"({found.Length} and {expected.Length} numbers). Its Write does not say what its Forward computes.");
        }
    }

    private static NodeProto Named(string from, string to)
    {
        var node = new NodeProto { OpType = "Identity", Name = to };
        node.Input.Add(from);
        node.Output.Add(to);
        return node;
    }

    private static ValueInfoProto Value(string name, params long[] shape)
    {
        var value = GraphWriter.Value(name, DataType.Float, shape);
        value.Type.TensorType.Shape.Dim.Insert(0, new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        return value;
    }
}
