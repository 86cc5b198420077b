using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Models;

/// <summary>Reads ONNX files as protobuf messages, with errors that name the file.</summary>
internal static class OnnxModelFile
{
    /// <summary>Reads and parses a model.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model.</exception>
    public static ModelProto Read(string path)
    {
        RequireExists(path);
        return Parse(path, File.ReadAllBytes(path));
    }

    /// <summary>Parses the bytes of a model.</summary>
    /// <param name="path">Where the bytes come from, for messages.</param>
    /// <param name="bytes">The model.</param>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model.</exception>
    public static ModelProto Parse(string path, byte[] bytes)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
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

    /// <summary>Throws when there is no file at <paramref name="path"/>, or one that never ends.</summary>
    public static void RequireExists(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"ONNX model '{path}' not found.", path);
        }

        if (RegularFile.IsEmptyOrSpecial(path))
        {
            throw NotAModel(path, "it is empty, or no regular file", null);
        }
    }

    /// <summary>SHA-256 of bytes, in lower-case hexadecimal digits.</summary>
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    /// <summary>SHA-256 of a file, in lower-case hexadecimal digits.</summary>
    public static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream)).ToLowerInvariant();
    }

    /// <summary>The error for a file that cannot be read as a model.</summary>
    public static InvalidDataException NotAModel(string path, string reason, Exception? inner) =>
        new($"'{path}' is not a readable ONNX model: {reason}", inner);
}
