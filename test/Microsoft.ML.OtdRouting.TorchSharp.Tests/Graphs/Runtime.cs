using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Training.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Graphs;

/// <summary>Computes the same batch with ONNX Runtime and with a module of the graph.</summary>
internal static class Runtime
{
    /// <summary>A batch of noise, [images, 3, size, size].</summary>
    public static float[] Noise(int images, int size, int seed, float scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, images * 3 * size * size).Select(_ => random.NextSingle() * scale)];
    }

    /// <summary>What ONNX Runtime makes of a batch.</summary>
    public static float[] Score(ModelProto model, float[] batch, int images, int size, string output = "logits")
    {
        using var session = new InferenceSession(model.ToByteArray());
        using var input = OrtValue.CreateTensorValueFromMemory(batch, [images, 3, size, size]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, [session.InputNames[0]], [input], [output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>A module of a model.</summary>
    public static TrainableGraph Module(ModelProto model, string output = "logits") => new(new GraphPlan(model, "draft.onnx", model.Graph.Input[0].Name, output, skipSoftmax: true));

    /// <summary>What a module makes of a batch.</summary>
    public static float[] Compute(TrainableGraph graph, float[] batch, int images, int size)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        return graph.forward(tensor(batch, [images, 3, size, size])).data<float>().ToArray();
    }

    /// <summary>Throws unless two arrays are the same but for rounding, relative to the largest number.</summary>
    public static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = Math.Max(1, expected.Max(Math.Abs));
        var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= tolerance * largest, $"Worst difference {worst}, largest number {largest}.");
    }
}
