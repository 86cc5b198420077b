using Microsoft.ML.OtdRouting.Tests.Models;

namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>Models of <see cref="ColourPictures"/>: the larger, the more exactly they see the colours.</summary>
internal static class ColourModels
{
    /// <summary>Sizes of the three models.</summary>
    public static readonly int[] Sizes = [4, 8, ColourPictures.Side];

    /// <summary>Writes all models and gives their resolutions.</summary>
    public static Resolution[] Write(string folder) => Sizes.Select(size => new Resolution(Write(folder, size), size)).ToArray();

    /// <summary>Writes one model.</summary>
    public static string Write(string folder, int size, string? name = null, int batch = -1, bool softmax = false) =>
        Classifier(size, batch, softmax).Save(folder, name ?? $"colour-{size}");

    /// <summary>The mean of each channel through a matrix that confuses channels, the more so the smaller the model.</summary>
    public static TinyGraph Classifier(int size, int batch = -1, bool softmax = false, int classes = 3, int channels = 3, int opset = 13)
    {
        var confusion = size >= ColourPictures.Side ? 0.0f : size >= 8 ? 0.35f : 0.6f;
        var weights = new float[classes * 3];
        for (var c = 0; c < classes * 3; c++)
        {
            weights[c] = 0.2f * (c / 3 == c % 3 ? 1 : c / 3 == (c + 1) % 3 ? confusion : 0);
        }

        var identity = new float[channels * channels];
        for (var c = 0; c < channels; c++)
        {
            identity[c * (channels + 1)] = 1;
        }

        var side = size == 0 ? -1 : size;
        var graph = new TinyGraph(opset)
            .Input("image", batch, channels, side, side)
            .Constant("identity", [channels, channels, 1, 1], identity)
            .Constant("weights", [classes, 3], weights)
            .Node("Conv", ["image", "identity"], "same")
            .Node("GlobalAveragePool", ["same"], "pooled")
            .Node("Flatten", ["pooled"], "means")
            .Node("Gemm", ["means", "weights"], softmax ? "raw" : "logits", ("transB", 1));
        return softmax ? graph.Node("Softmax", ["raw"], "probabilities").Output("probabilities") : graph.Output("logits");
    }

    /// <summary>A model with an output more, which is no class and louder than all of them.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="background">Where the other output stands.</param>
    /// <param name="softmax">Whether it gives probabilities.</param>
    public static TinyGraph WithBackground(int size, int background, bool softmax = false)
    {
        var graph = Classifier(size);
        graph.Graph.Output.Clear();
        graph.Constant("loud", [4, 3], new float[12]).Constant("shift", [4], new float[4]);
        var (places, shift) = (graph.Graph.Initializer[^2].FloatData, graph.Graph.Initializer[^1].FloatData);
        for (var c = 0; c < 3; c++)
        {
            places[((c < background ? c : c + 1) * 3) + c] = 1;
        }

        // Louder than the classes by one: of the probabilities, a third or so is left to them.
        graph.Node("ReduceMax", ["logits"], "top", ("axes", new long[] { 1 })).Constant("one", [], 1).Node("Add", ["top", "one"], "louder")
            .Constant("place", [1, 4], [.. Enumerable.Range(0, 4).Select(i => i == background ? 1f : 0)])
            .Node("MatMul", ["louder", "place"], "alone").Node("Gemm", ["logits", "loud", "shift"], "placed", ("transB", 1))
            .Node("Add", ["placed", "alone"], softmax ? "all" : "scores");
        return softmax ? graph.Node("Softmax", ["all"], "probabilities").Output("probabilities") : graph.Output("scores");
    }

    /// <summary>A model that takes and gives half precision.</summary>
    public static TinyGraph Half(int size)
    {
        var graph = Classifier(size);
        var nodes = graph.Graph.Node.ToList();
        graph.Graph.Node.Clear();
        graph.Graph.Output.Clear();
        graph.Graph.Input.Clear();
        graph.Input("half", Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Float16, -1, 3, size, size).Node("Cast", ["half"], "image", ("to", 1));
        graph.Graph.Node.AddRange(nodes);
        return graph.Node("Cast", ["logits"], "scores", ("to", 10)).Output("scores", Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Float16);
    }

    /// <summary>A model that reckons in half precision.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="halfInput">Whether it takes and gives half precision as well; otherwise it converts inside.</param>
    public static TinyGraph HalfWeights(int size, bool halfInput)
    {
        var graph = Classifier(size);
        foreach (var tensor in graph.Graph.Initializer)
        {
            var bytes = tensor.FloatData.SelectMany(v => BitConverter.GetBytes((System.Half)v)).ToArray();
            tensor.FloatData.Clear();
            tensor.DataType = (int)Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Float16;
            tensor.RawData = Google.Protobuf.ByteString.CopyFrom(bytes);
        }

        if (halfInput)
        {
            graph.Graph.Input[0].Type.TensorType.ElemType = (int)Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Float16;
            graph.Graph.Output[0].Type.TensorType.ElemType = (int)Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Float16;
            return graph;
        }

        var nodes = graph.Graph.Node.ToList();
        graph.Graph.Node.Clear();
        graph.Graph.Output.Clear();
        nodes[0].Input[0] = "half";
        graph.Node("Cast", ["image"], "half", ("to", 10));
        graph.Graph.Node.AddRange(nodes);
        return graph.Node("Cast", ["logits"], "scores", ("to", 1)).Output("scores");
    }

    /// <summary>FLOPs of a model, by hand: the convolution that copies, and the last layer.</summary>
    public static double Flops(int size) => 2.0 * ((9 * size * size) + 9);

    /// <summary>A model that gives a number of the caller's, such as NaN, in place of a class for pictures with a value above 240, and has no other fault.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="size">Its size.</param>
    /// <param name="value">The number.</param>
    /// <param name="place">The class.</param>
    public static string WriteSpoiling(string folder, int size, float value, int place = 1)
    {
        var graph = Classifier(size);
        graph.Graph.Output.Clear();
        return graph
            .Constant("limit", [], 240)
            .Constant("spoilt", [1, 3], [.. Enumerable.Range(0, 3).Select(c => c == place ? value : 0)])
            .Constant("spoils", [1, 3], [.. Enumerable.Range(0, 3).Select(c => c == place ? 1f : 0)])
            .Node("ReduceMax", ["image"], "brightest", ("keepdims", 0), ("axes", new long[] { 1, 2, 3 }))
            .Node("Greater", ["brightest", "limit"], "bright")
            .Node("Cast", ["bright"], "brightness", ("to", 1))
            .Node("Flatten", ["brightness"], "ofImage")
            .Node("MatMul", ["ofImage", "spoils"], "where")
            .Constant("half", [], 0.5f)
            .Node("Greater", ["where", "half"], "there")
            .Node("Where", ["there", "spoilt", "logits"], "scores")
            .Output("scores")
            .Save(folder, $"spoiling-{size}-{value.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
    }

    /// <summary>
    /// A model that fails on pictures with a value above 240: shows whether it is run. Blank pictures and those of the fit do not trip it.
    /// </summary>
    public static string WriteTripping(string folder, int size)
    {
        var graph = Classifier(size);
        graph.Graph.Output.Clear();
        return graph
            .Constant("limit", [], 240)
            .Constant("thousand", [], 1000)
            .Constant("nothing", [1], 0)
            .Node("ReduceMax", ["image"], "brightest", ("keepdims", 0))
            .Node("Greater", ["brightest", "limit"], "trips")
            .Node("Cast", ["trips"], "tripped", ("to", 1))
            .Node("Mul", ["tripped", "thousand"], "far")
            .Node("Cast", ["far"], "index", ("to", 7))
            .Node("Gather", ["nothing", "index"], "zero")
            .Node("Add", ["logits", "zero"], "scores")
            .Output("scores")
            .Save(folder, $"tripping-{size}");
    }
}
