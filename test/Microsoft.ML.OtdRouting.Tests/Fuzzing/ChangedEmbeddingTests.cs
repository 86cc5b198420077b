using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tasks.Embedding;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;
using Xunit.Abstractions;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Saved embedding routers that are changed: what is accepted embeds or names the row where it cannot, what is refused has one promised error.</summary>
[Collection(nameof(Doors))]
public sealed class ChangedEmbeddingTests(ITestOutputHelper output, EmbeddingRouter routers) : IClassFixture<EmbeddingRouter>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Saved_tasks_and_models(bool isLabelled)
    {
        var rows = routers.Load(FashionPictures.Test(10));
        var forged = new ForgedRouter(routers.Context, isLabelled ? routers.ByLabel : routers.ByCosine, rows.Schema);
        var random = new Random(isLabelled ? 41 : 42);
        var done = "";
        await new Door(output).Run($"saved embedding routers, {(isLabelled ? "with" : "without")} labels", 80, leastRefused: 20, leastAccepted: 20, _ =>
        {
            using var router = forged.Load(SavedEmbeddingTask.Parser, SavedEmbeddingModel.Parser, random, change => done = change);
            // A forged map may send an embedding out of what numbers can be: an error that names the row.
            var error = Record.Exception(() =>
            {
                var scored = router.Transform(rows);
                // The column may have another name by now.
                var column = scored.Schema.Single(c => c.Type is VectorDataViewType { Size: 128 });
                Assert.Equal(10, scored.GetColumn<float[]>(column).Count(e => e.All(float.IsFinite)));
            });
            Assert.True(error is null or InvalidOperationException, $"{done}: {error}");
        }, e => e is InvalidDataException ? true : throw new InvalidOperationException(done, e));
    }
}
