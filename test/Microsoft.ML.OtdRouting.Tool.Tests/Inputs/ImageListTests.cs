using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Arrays;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Inputs;

public sealed class ImageListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("otd-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_of_class_folders_is_listed_by_class_and_name()
    {
        Touch("b/2.png", "b/1.JPG", "a/3.jpeg", "a/notes.txt", "a/.hidden.png", ".git/x.png", "__MACOSX/y.png");
        ImageList list = ImageList.Read(_folder);
        Assert.Equal([("a", "3.jpeg"), ("b", "1.JPG"), ("b", "2.png")], list.Images.Select(i => (i.Label, Path.GetFileName(i.Path))));
        Assert.Equal(["a", "b"], list.Labels);
    }

    [Fact]
    public void Every_format_that_is_decoded_is_listed_and_others_are_named()
    {
        Directory.CreateDirectory(At("a"));
        File.WriteAllBytes(At("a/1.gif"), Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"));
        File.WriteAllBytes(At("a/2.webp"), Convert.FromBase64String("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"));
        // A bitmap of one pixel: header, 40 bytes about the image, three bytes of colour and one to fill the row.
        File.WriteAllBytes(
            At("a/3.BMP"),
            [(byte)'B', (byte)'M', 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, .. new byte[24], 10, 20, 30, 0]);
        List<string> warnings = [];
        Touch("a/4.tiff", "a/5.HEIC", "a/notes.txt");
        ImageList list = ImageList.Read(_folder, warn: message => warnings.Add(FormattableString.Invariant(message)));
        Assert.Equal(["1.gif", "2.webp", "3.BMP"], list.Images.Select(i => Path.GetFileName(i.Path)));
        Assert.All(list.Images, i =>
        {
            using MLImage image = MLImage.CreateFromFile(i.Path);
            Assert.Equal((1, 1), (image.Width, image.Height));
            Assert.Contains(image.PixelFormat, new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 });
        });
        Assert.Contains($"2 images are skipped, of a format that is not decoded: {Path.Combine("a", "4.tiff")}, {Path.Combine("a", "5.HEIC")}.", warnings.Single());
    }

    [Fact]
    public void Numbers_are_in_their_order_and_words_in_alphabetical_order()
    {
        Touch("10/1.png", "9/1.png", "2/1.png");
        Assert.Equal(["2", "9", "10"], ImageList.Read(_folder).Labels);
        Touch("rest/1.png");
        Assert.Equal(["10", "2", "9", "rest"], ImageList.Read(_folder).Labels);
    }

    [Fact]
    public void Images_without_a_class_are_an_error_unless_labels_do_not_matter()
    {
        Touch("a/1.png", "stray.png");
        Assert.Contains("stray.png", Fail(_folder));
        Assert.Equal(["a", ""], ImageList.Read(_folder, labelled: false).Images.Select(i => i.Label));
    }

    [Fact]
    public void Errors_of_folders_say_where_the_images_are()
    {
        Assert.Contains("nowhere does not exist", Fail(At("nowhere")));
        Assert.Contains("holds no images", Fail(_folder));
        Touch("inner/a/1.png");
        Assert.Contains($"seem to be in {At("inner")}", Fail(_folder));
    }

    [Fact]
    public void Tables_are_read_with_quotes_tabs_other_columns_and_paths_relative_to_the_table()
    {
        Touch("photos/1, one.png", "photos/2.png");
        File.WriteAllText(At("list.csv"), "id,label,PATH\n7,\"a \"\"x\"\"\",\"photos/1, one.png\"\n\n8,b,photos/2.png\n");
        ImageList list = ImageList.Read(At("list.csv"));
        Assert.Equal([("a \"x\"", At("photos/1, one.png")), ("b", At("photos/2.png"))], list.Images.Select(i => (i.Label, i.Path)));
        File.WriteAllText(At("list.tsv"), "Path\tLabel\r\nphotos/1, one.png\tb\r\n");
        Assert.Equal(["b"], ImageList.Read(At("list.tsv")).Labels);
        File.WriteAllText(At("paths.csv"), "Path\nphotos/2.png\n");
        Assert.Equal("", ImageList.Read(At("paths.csv"), labelled: false).Images.Single().Label);
    }

    [Theory]
    [InlineData("", "is empty, or no regular file; expected a folder of class folders, or a CSV")]
    [InlineData("Path,Label\n", "has a header but no rows")]
    [InlineData("File,Label\na.png,x\n", "no column Path; its columns are File, Label")]
    [InlineData("Path,Class\na.png,x\n", "no column Label; its columns are Path, Class")]
    [InlineData("Path,Label\na.png,x\na.png\n", "row 2 has 1 fields; the header has 2 (Path, Label)")]
    [InlineData("Path,Label\na.png,x\na.png,\n", "row 2 (a.png): Label is empty")]
    [InlineData("Path,Label\n,x\n", "row 1: Path is empty")]
    [InlineData("Path,Label\na.png,x\na.png,x\nb.png,x\n", "row 3: image b.png does not exist")]
    [InlineData("Path,Label\na.png,x\na\0b.png,x\n", "row 2: 'a?b.png' holds a NUL character")]
    [InlineData("Path,Label\na.png,x\0y\n", "row 1: 'x?y' holds a NUL character")]
    [InlineData("Path,Label\na.png,x\na.png,\"x\n", "row 2 (line 3) has a quote that does not end")]
    public void Errors_of_tables_name_the_row(string text, string expected)
    {
        Touch("a.png");
        File.WriteAllText(At("list.csv"), text);
        string message = Fail(At("list.csv"));
        Assert.Contains(expected, message);
        Assert.Contains(At("list.csv"), message);
    }

    [Fact]
    public void Files_that_never_end_are_refused()
    {
        Assert.Contains("no regular file", Fail("/dev/zero"));
        Assert.Contains("no regular file", Assert.Throws<DataException>(() => ClassesArgument.Read("/dev/zero")).Message);
        Assert.Contains("no regular file", Assert.Throws<DataException>(() => NpyFile.ReadVector("/dev/zero")).Message);
        ToolRun.Fail(1, "no regular file", "export", "--fitted", "/dev/zero", "--onnx", At("never.onnx"));
    }

    [Fact]
    public void The_view_has_keys_in_the_order_of_the_classes_and_counts_what_was_read()
    {
        Touch("b/1.png", "a/1.png", "c/1.png");
        ImageList list = ImageList.Read(_folder);
        Counter counter = new();
        IDataView view = list.ToView(new MLContext(1), ["c", "b", "a"], counter);
        Assert.Equal([3u, 2u, 1u], view.GetColumn<uint>(ImageList.LabelColumn));
        Assert.Equal(3, counter.Last);
        Assert.Equal(list.Images.Select(i => i.Path), view.GetColumn<string>(ImageList.PathColumn));
    }

    [Fact]
    public void A_label_that_is_no_class_is_named_with_its_image()
    {
        Touch("a/1.png", "x/2.png");
        string message = Assert.Throws<DataException>(() => ImageList.Read(_folder).RequireLabels(["a", "b"], "model.zip")).Message;
        Assert.Equal($"{At("x/2.png")}: label 'x' is no class of model.zip; its classes are a, b.", message);
    }

    [Fact]
    public void A_pass_over_the_view_can_be_cancelled()
    {
        Touch("a/1.png");
        IDataView view = ImageList.Read(_folder).ToView(new MLContext(1), ["a"], cancellation: new CancellationToken(canceled: true));
        Assert.ThrowsAny<OperationCanceledException>(() => view.GetColumn<string>(ImageList.PathColumn).ToList());
    }

    [Fact]
    public void Shuffling_keeps_the_images_and_is_always_the_same()
    {
        Touch([.. Enumerable.Range(0, 30).Select(i => $"{i % 2}/{i}.png")]);
        ImageList list = ImageList.Read(_folder);
        Assert.Equal(list.Shuffled().Images, list.Shuffled().Images);
        Assert.NotEqual(list.Images, list.Shuffled().Images);
        Assert.Equal(list.Images.OrderBy(i => i.Path), list.Shuffled().Images.OrderBy(i => i.Path));
    }

    private static string Fail(string path) => Assert.Throws<DataException>(() => ImageList.Read(path)).Message;

    private string At(string name) => Path.Combine(_folder, name);

    private void Touch(params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
            File.WriteAllBytes(At(file), []);
        }
    }

    private sealed class Counter : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }
}
