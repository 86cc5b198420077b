using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Scoring;

public class ResolutionProfileTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private static readonly string ModelFolder = Path.Combine(AppContext.BaseDirectory, "models");

    [Fact]
    public void Describes_a_shipped_model()
    {
        var description = colours.Context.OtdRouting().Describe(new Resolution(Path.Combine(ModelFolder, "fashion-resnet8-10.onnx"), 10));
        Assert.Equal(
            (13L, "image", "logits", 10, "embedding", 128, true),
            (description.Opset, description.InputName, description.OutputName, description.OutputLength, description.EmbeddingName, description.EmbeddingLength, description.HasFreeBatch));
        Assert.Equal(2 * 5.37, description.Flops / 1e6, 0.02);
        Assert.InRange(description.Parameters, 1, long.MaxValue);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Measures_every_resolution_in_the_order_given(bool withImages)
    {
        var resolutions = colours.Resolutions.Reverse().ToList();
        var profiles = colours.Context.OtdRouting().Profile(
            resolutions,
            withImages ? colours.Load(ColourPictures.Rows(5, seed: 1)) : null,
            scoring: new ScoringOptions { BatchSize = 4, IntraOpNumThreads = 1 }).ToList();
        Assert.Equal(resolutions, profiles.Select(p => p.Description.Resolution));
        Assert.All(profiles, p =>
        {
            Assert.Contains(p.BestBatch, new[] { 1, 2, 4 });
            Assert.InRange(p.MillisecondsBest, double.Epsilon, p.MillisecondsBatch1);
        });
    }

    /// <summary>A session of 1,024 threads takes minutes for what one of few threads does in milliseconds.</summary>
    [Fact]
    public void Threads_beyond_the_processors_are_not_started_and_told_once()
    {
        var context = new MLContext(seed: 1);
        var warnings = new List<string>();
        context.Log += (_, e) => warnings.AddRange(e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning ? [e.Message] : []);
        var (most, processors) = (0, Environment.ProcessorCount);
        Assert.True(processors < 1024);
        var scoring = new ScoringOptions { IntraOpNumThreads = 1024, BatchSize = 1, ConfigureSession = session => most = Math.Max(most, session.IntraOpNumThreads) };
        Assert.Equal(3, context.OtdRouting().Profile(colours.Resolutions, scoring: scoring).Count());
        Assert.Equal(processors, most);
        Assert.Contains($"IntraOpNumThreads is 1024; this machine has {processors} processors, so {processors} threads are used.", Assert.Single(warnings));
        scoring.IntraOpNumThreads = 1;
        context.OtdRouting().Describe(colours.Resolutions[0], scoring);
        Assert.Single(warnings);
    }

    [Fact]
    public void Errors_are_found_at_the_door()
    {
        var catalog = colours.Context.OtdRouting();
        Assert.Contains("no resolutions", Assert.Throws<ArgumentException>(() => catalog.Profile([])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => catalog.Profile(colours.Resolutions, scoring: new ScoringOptions { BatchSize = 0 }));
        Assert.Throws<FileNotFoundException>(() => catalog.Describe(new Resolution("nowhere.onnx", 10)));
        var empty = colours.Load([]);
        Assert.Contains("empty", Assert.Throws<InvalidOperationException>(() => catalog.Profile(colours.Resolutions, empty).ToList()).Message);
    }
}
