using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads the image file that a text column names. An image lives until the getter gets it back to make the next one; the last, until the row or
/// cursor is disposed.
/// </summary>
public sealed class ImageLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ImageLoader";
    private readonly bool _asImages;

    public readonly string ImageFolder;

    internal ImageLoadingTransformer(IEnumerable<(string Output, string Input)> columns, string? imageFolder, bool asImages)
        : base(columns)
    {
        ImageFolder = string.IsNullOrEmpty(imageFolder) ? null! : Path.GetFullPath(imageFolder);
        _asImages = asImages;
    }

    internal static void CheckFolder(string? imageFolder)
    {
        if (!string.IsNullOrEmpty(imageFolder) && !Directory.Exists(imageFolder))
            throw new ArgumentException($"Directory \"{imageFolder}\" does not exist.");
    }

    internal DataViewType OutputType => _asImages ? new ImageDataViewType() : new VectorDataViewType(NumberDataViewType.Byte);

    internal static ImageLoadingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        var pairs = LoadPairs(reader);
        return new(pairs, reader.ReadString(), reader.ReadBoolean());
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        writer.Write(ImageFolder ?? "");
        writer.Write(_asImages);
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (input.Type is not TextDataViewType)
            throw Mismatch.Wrong("input", input.Name, TextDataViewType.Instance.ToString(), input.Type.ToString()!);
        return new(Pairs[pair].Output, OutputType);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(input);
        if (!_asImages)
        {
            return (ValueGetter<VBuffer<byte>>)((ref VBuffer<byte> dst) =>
            {
                byte[] bytes = PathOf(getter) is { } path ? File.ReadAllBytes(path) : [];
                dst = new VBuffer<byte>(bytes.Length, bytes);
            });
        }

        MLImage? last = null;
        disposer += () => last?.Dispose();
        return (ValueGetter<MLImage>)((ref MLImage dst) =>
        {
            dst?.Dispose();
            dst = null!;
            if (PathOf(getter) is { } path)
            {
                using var file = new MemoryStream(File.ReadAllBytes(path));
                dst = MLImage.CreateFromStream(file);
                dst.Tag = path;
            }

            last = dst;
        });
    }

    private string? PathOf(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> text = default;
        getter(ref text);
        if (text.IsEmpty)
            return null;
        return ImageFolder == null ? text.ToString() : Path.Combine(ImageFolder, text.ToString());
    }
}
