using System.CommandLine;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Embeddings: labels, where there are any, are those by which retrieval is measured.</summary>
internal sealed class EmbeddingTool() : ToolTask("embedding")
{
    public override IEnumerable<Option> Options => [];

    public override bool Made(DataViewSchema scored) => scored.GetColumnOrNull("Embedding") is { Type: VectorDataViewType };

    public override TaskImages Read(ParseResult options, string path, TaskImages? fitting, Action<FormattableString> warn)
    {
        ImageList images = ImageList.Read(path, labelled: fitting is { HasTruth: true }, warn);
        return images.Labels.Count > 0 && fitting is not { HasTruth: false } ? TaskImages.Labelled(images, images.Labels) : TaskImages.Unlabelled(images);
    }

    public override TaskImages ReadFor(FittedRouter fitted, string path, string? annotations, Action<FormattableString> warn)
    {
        RequireNone(annotations);
        // Labels need not be those of the fit: they say which images are alike.
        ImageList images = ImageList.Read(path, labelled: false, warn);
        return images.Labels.Count > 0 ? TaskImages.Labelled(images, images.Labels) : TaskImages.Unlabelled(images);
    }

    public override void Set(OtdResolutionRouter.Options router, ParseResult options, TaskImages images) =>
        router.Task = new EmbeddingTask { LabelColumnName = images.HasTruth ? ImageList.LabelColumn : null };

    public override ScoreTable Table(ScoreRequest request)
    {
        request.Require(Name, top: false, arrays: "a file that ends in .npy, for the embeddings");
        return new EmbeddingScores(request);
    }

    public override ExampleContents Show(ExampleRequest request) => NeighbourExamples.Show(request);
}
