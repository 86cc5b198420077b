using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using DataType = Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>
/// The shipped models in the form in which TensorFlow's classifiers are published: interleaved pixels from −1 to 1 in, probabilities of a background and the
/// classes out.
/// </summary>
internal static class PublishedForm
{
    /// <summary>Writes the models of some sizes into a folder and gives their <c>--model FILE@SIZE</c>.</summary>
    public static string[] Models(string folder, params int[] sizes) => [.. sizes.SelectMany(size => new[] { "--model", $"{Write(folder, size)}@{size}" })];

    private static string Write(string folder, int size)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(ImageSets.Model(size)));
        GraphProto graph = model.Graph;
        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        graph.Node.Add(Node("Transpose", ["input"], "planes", GraphWriter.Integers("perm", 0, 3, 1, 2)));
        graph.Node.Add(Node("Mul", ["planes", "half"], "scaled"));
        graph.Node.Add(Node("Add", ["scaled", "half"], "image"));
        graph.Node.AddRange(nodes);
        graph.Node.Add(Node("Pad", ["logits", "pads", "quiet"], "all"));
        graph.Node.Add(Node("Softmax", ["all"], "predictions", GraphWriter.Integer("axis", 1)));
        graph.Initializer.Add(new TensorProto { Name = "half", DataType = (int)DataType.Float, FloatData = { 127.5f } });
        graph.Initializer.Add(new TensorProto { Name = "quiet", DataType = (int)DataType.Float, FloatData = { -2 } });
        graph.Initializer.Add(new TensorProto { Name = "pads", DataType = (int)DataType.Int64, Dims = { 4 }, Int64Data = { 0, 1, 0, 0 } });
        graph.Input.Clear();
        graph.Input.Add(GraphWriter.Value("input", DataType.Float, 1, size, size, 3));
        graph.Output.Clear();
        graph.Output.Add(GraphWriter.Value("predictions", DataType.Float, 1, 11));
        string file = Path.Combine(folder, $"published-{size}.onnx");
        File.WriteAllBytes(file, model.ToByteArray());
        return file;
    }

    private static NodeProto Node(string operation, string[] inputs, string output, params AttributeProto[] attributes) =>
        new() { OpType = operation, Input = { inputs }, Output = { output }, Attribute = { attributes } };
}
