using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Data;

/// <summary>Reads the image file that a text column names. The caller owns each image; the one handed in is disposed.</summary>
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

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input)
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

        return (ValueGetter<MLImage>)((ref MLImage dst) =>
        {
            dst?.Dispose();
            dst = null!;
            if (PathOf(getter) is not { } path)
                return;
            try
            {
                dst = MLImage.CreateFromFile(path);
            }
            catch (ArgumentException exception)
            {
                throw new ArgumentException($"Failed to load image {path}.", exception);
            }

            dst.Tag = path;
        });
    }

    private string? PathOf(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> text = default;
        getter(ref text);
        if (text.IsEmpty)
            return null;
        string path = ImageFolder == null ? text.ToString() : Path.Combine(ImageFolder, text.ToString());
        return File.Exists(path) ? path : throw new FileNotFoundException($"Could not find file '{path}'.", path);
    }
}
