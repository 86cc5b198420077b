using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;

/// <summary>Routers of embeddings of a few real pictures, which the tests of a class share.</summary>
public sealed class EmbeddingRouter : IDisposable
{
    private readonly Lazy<OtdRoutingTransformer> _labelled;
    private readonly Lazy<OtdRoutingTransformer> _unlabelled;

    public EmbeddingRouter()
    {
        _labelled = new(() => Fit(Labelled));
        _unlabelled = new(() => Fit(new EmbeddingTask()));
    }

    public static EmbeddingTask Labelled => new() { LabelColumnName = "Key", Loss = EmbeddingLoss.RetrievedLabel };

    public MLContext Context { get; } = new(seed: 1);

    /// <summary>Fitted to labels.</summary>
    public OtdRoutingTransformer ByLabel => _labelled.Value;

    /// <summary>Fitted without.</summary>
    public OtdRoutingTransformer ByCosine => _unlabelled.Value;

    public IDataView Fitting => Load(FashionPictures.Fitting(400));

    public IDataView Queries => Load(FashionPictures.Test(200));

    /// <summary>Pictures with their images and keys; the keys in order of occurrence.</summary>
    public IDataView Load(IReadOnlyList<FashionPicture> pictures)
    {
        var data = Context.Data.LoadFromEnumerable(pictures);
        return Context.Transforms.LoadImages("Image", null, "Path").Append(Context.Transforms.Conversion.MapValueToKey("Key", "Label")).Fit(data).Transform(data);
    }

    public OtdResolutionRouter.Options Options(EmbeddingTask task, params int[] sizes)
    {
        var options = new OtdResolutionRouter.Options { Task = task, Scoring = { IntraOpNumThreads = 1 } };
        foreach (var size in sizes.Length == 0 ? [10, 20, 28] : sizes)
        {
            options.Resolutions.Add(new Resolution(FashionPictures.ModelFile(size), size));
        }

        return options;
    }

    public OtdRoutingTransformer Fit(EmbeddingTask task, params int[] sizes) => Context.OtdRouting().Route(Options(task, sizes)).Fit(Fitting);

    public static float[][] Embeddings(IDataView scored) => scored.GetColumn<float[]>("Embedding").ToArray();

    public void Dispose()
    {
        foreach (var router in new[] { _labelled, _unlabelled }.Where(r => r.IsValueCreated))
        {
            router.Value.Dispose();
        }
    }
}
