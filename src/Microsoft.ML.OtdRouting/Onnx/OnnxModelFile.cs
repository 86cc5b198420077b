using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Onnx;

/// <summary>Reads ONNX files as protobuf messages, with errors that name the file.</summary>
internal static class OnnxModelFile
{
    /// <summary>Reads and parses a model.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model.</exception>
    public static ModelProto Read(string path)
    {
        RequireExists(path);
        ModelProto model;
        try
        {
            using var stream = File.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw NotAModel(path, e.Message, e);
        }

        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw NotAModel(path, "it holds no graph", null);
        }

        return model;
    }

    /// <summary>Throws when there is no file at <paramref name="path"/>.</summary>
    public static void RequireExists(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"ONNX model '{path}' not found.", path);
        }
    }

    /// <summary>The error for a file that cannot be read as a model.</summary>
    public static InvalidDataException NotAModel(string path, string reason, Exception? inner) =>
        new($"'{path}' is not a readable ONNX model: {reason}", inner);
}
