using System.IO.Compression;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads back what <see cref="ModelSaveContext"/> wrote.</summary>
internal sealed class ModelLoadContext(ZipArchive archive, string folder, IHostEnvironment env)
{
    public IHostEnvironment Environment => env;

    public ITransformer LoadModel(string name)
    {
        string path = ModelSaveContext.Combine(folder, name);
        var nested = new ModelLoadContext(archive, path, env);
        using BinaryReader reader = nested.OpenEntry(ModelSaveContext.KeyEntry)
            ?? throw new FormatException($"Corrupt model file: no transformer was saved under '{path}'.");
        return ModelLoaders.Load(reader.ReadString(), nested, reader);
    }

    public BinaryReader? OpenEntry(string name)
    {
        ZipArchiveEntry? entry = archive.GetEntry(ModelSaveContext.Combine(folder, name));
        return entry == null ? null : new BinaryReader(entry.Open());
    }
}
