using System.IO.Compression;

namespace Microsoft.ML;

/// <summary>
/// One folder of a model's zip file. As in ML.NET nothing here is public: a transformer that is not a built-in can only hand the
/// context on to a built-in one. The file format is the stand-in's own.
/// </summary>
public sealed class ModelSaveContext : IDisposable
{
    internal const string KeyEntry = "Model.key";

    private readonly ZipArchive _archive;
    private readonly string _folder;
    private bool _isDeclared;

    internal ModelSaveContext(ZipArchive archive, string folder)
    {
        _archive = archive;
        _folder = folder;
    }

    public void Dispose()
    {
    }

    internal static void CheckNotNull(ModelSaveContext? ctx) => ArgumentNullException.ThrowIfNull(ctx);

    /// <summary>Declares what is in this folder: the name of the loader and its parameters.</summary>
    internal void Write(string loader, Action<BinaryWriter>? body = null)
    {
        WriteEntry(KeyEntry, writer =>
        {
            writer.Write(loader);
            body?.Invoke(writer);
        });
        _isDeclared = true;
    }

    internal void WriteEntry(string name, Action<BinaryWriter> body)
    {
        // Only one entry of a new zip can be open at a time, so an entry is written in one piece.
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory))
        {
            body(writer);
            writer.Flush();
            using Stream entry = _archive.CreateEntry(Combine(_folder, name)).Open();
            memory.Position = 0;
            memory.CopyTo(entry);
        }
    }

    internal void SaveModel(string name, ICanSaveModel model)
    {
        using var nested = new ModelSaveContext(_archive, Combine(_folder, name));
        model.Save(nested);
        if (!nested._isDeclared)
            throw new InvalidOperationException($"The model signature of '{nested._folder}' was not specified: {model.GetType()} has saved nothing.");
    }

    internal static string Combine(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";
}
