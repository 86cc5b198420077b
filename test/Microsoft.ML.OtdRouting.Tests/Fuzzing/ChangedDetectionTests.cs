using System.Text;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Tasks.Detection;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Annotations and saved detection routers that are changed: what is accepted makes sense, what is refused has one promised error.</summary>
[Collection(nameof(Doors))]
public sealed class ChangedDetectionTests(ITestOutputHelper output, SceneRouter scenes) : IClassFixture<SceneRouter>
{
    private const string Voc = """
        <annotation><filename>b.jpg</filename><object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object></annotation>
        """;

    private const string Coco = """
        {"images":[{"id":7,"file_name":"a.jpg"}],"categories":[{"id":3,"name":"cat"}],"annotations":[{"image_id":7,"category_id":3,"bbox":[1.5,2,10,20],"iscrowd":0}]}
        """;

    private readonly Door _door = new(output);

    [Fact]
    public async Task Annotations()
    {
        using var folder = new ScratchFolder();
        var random = new Random(31);
        await _door.Run("annotations", 2000, leastRefused: 800, leastAccepted: 20, i =>
        {
            var isVoc = i % 2 == 0;
            File.WriteAllBytes(folder.File(isVoc ? "1.xml" : "all.json"), Mutation.Of(Encoding.UTF8.GetBytes(isVoc ? Voc : Coco), random));
            var images = isVoc ? DetectionAnnotations.ReadPascalVoc(folder.Path, "") : DetectionAnnotations.ReadCoco(folder.File("all.json"), "");
            Assert.All(images, image =>
            {
                Assert.Equal(4 * image.Label.Length, image.BoundingBoxes.Length);
                Assert.Equal(image.Label.Length, image.Ignored.Length);
                Assert.All(image.BoundingBoxes, v => Assert.True(float.IsFinite(v)));
            });
        }, e => e is InvalidDataException);
    }

    [Fact]
    public async Task Saved_tasks_and_models()
    {
        var forged = new ForgedRouter(scenes.Context, scenes.Router, scenes.Test.Schema);
        var random = new Random(32);
        var rows = scenes.Context.Data.TakeRows(scenes.Test, 10);
        var done = "";
        await _door.Run("saved detection routers", 300, leastRefused: 60, leastAccepted: 60, _ =>
        {
            using var router = forged.Load(SavedDetectionTask.Parser, SavedDetectionModel.Parser, random, change => done = change);
            // What was forged may have weights from which no finite score follows: an error that names the row.
            var error = Record.Exception(() =>
            {
                var scored = router.Transform(rows).Preview(100);
                Assert.Equal(10, scored.RowView.Length);
                Assert.All(
                    scored.ColumnView.Where(c => c.Column.Name == "Score").SelectMany(c => c.Values).SelectMany(v => ((VBuffer<float>)v).DenseValues()),
                    score => Assert.InRange(score, 0, 1));
            });
            Assert.True(error is null or InvalidOperationException, $"{done}: {error}");
        }, e => e is InvalidDataException ? true : throw new InvalidOperationException(done, e));
    }
}
