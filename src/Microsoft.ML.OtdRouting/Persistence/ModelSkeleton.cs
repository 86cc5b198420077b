using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// A source model without the weights that the routed graph holds anyway: in their place stands the name of the graph's constant, in ONNX's own
/// form for data that is elsewhere.
/// </summary>
internal static class ModelSkeleton
{
    private const int ExternalLocation = 1;
    private const string LocationKey = "location";

    /// <summary>Tensors below this size stay where they are; a reference would be no smaller.</summary>
    private const int LeastBytes = 128;

    /// <summary>Names of the constants of a graph, by their content.</summary>
    public static Dictionary<string, string> ConstantsOf(GraphProto graph) =>
        GraphWriter.ConstantsOf(graph).ToDictionary(GraphWriter.ContentKey, tensor => tensor.Name);

    /// <summary>Leaves out what a graph holds.</summary>
    public static ByteString Strip(ModelProto model, IReadOnlyDictionary<string, string> constants)
    {
        var skeleton = model.Clone();
        foreach (var tensor in skeleton.Graph.Initializer)
        {
            if (tensor.CalculateSize() < LeastBytes || !constants.TryGetValue(GraphWriter.ContentKey(tensor), out var constant))
            {
                continue;
            }

            tensor.ClearRawData();
            tensor.FloatData.Clear();
            tensor.Int32Data.Clear();
            tensor.Int64Data.Clear();
            tensor.DoubleData.Clear();
            tensor.Uint64Data.Clear();
            tensor.StringData.Clear();
            tensor.DataLocation = ExternalLocation;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = LocationKey, Value = constant });
        }

        return skeleton.ToByteString();
    }

    /// <summary>The model with its weights again.</summary>
    /// <exception cref="InvalidDataException">The graph lacks a constant.</exception>
    public static byte[] Fill(ByteString skeleton, IReadOnlyDictionary<string, TensorProto> constants)
    {
        var model = ModelProto.Parser.ParseFrom(skeleton);
        if (model.Graph is null)
        {
            throw new InvalidDataException("its model holds no graph");
        }

        var tensors = model.Graph.Initializer;
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].DataLocation != ExternalLocation)
            {
                continue;
            }

            var location = tensors[i].ExternalData.Single(e => e.Key == LocationKey).Value;
            var filled = constants.TryGetValue(location, out var constant)
                ? constant.Clone()
                : throw new InvalidDataException($"its model needs '{location}', which the router's graph lacks");
            filled.Name = tensors[i].Name;
            tensors[i] = filled;
        }

        return model.ToByteArray();
    }
}
