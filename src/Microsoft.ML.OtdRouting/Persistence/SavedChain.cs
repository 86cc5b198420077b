using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// The form in which a router is saved: a chain of ML.NET's own transformers around the routed graph. A transformer outside ML.NET cannot write
/// itself with public means; what it can do is to let built-in ones write themselves, and these load in any process.
/// </summary>
internal static class SavedChain
{
    private const string LoadedColumn = "OtdRouting.Loaded";
    private const string SizedColumn = "OtdRouting.Image";
    private const string PixelsColumn = "OtdRouting.Pixels";
    private const string RouteNameColumn = "OtdRouting.RouteName";
    private const string KeyPrefix = "OtdRouting.Key.";

    /// <summary>Builds the chain.</summary>
    /// <param name="scorer">The router.</param>
    /// <param name="names">Its columns.</param>
    /// <param name="images">What the image column holds.</param>
    /// <param name="describe">Says what it is a graph of.</param>
    public static ITransformer Create(RoutedScorer scorer, RouterColumnNames names, ImageForm images, Action<ModelProto> describe)
    {
        var ml = new MLContext();
        using var lasting = LastingSessionOptions.In(ml);
        var pixels = images == ImageForm.Vectors ? names.Image : PixelsColumn;
        var outputs = new RoutedGraphOutputs(names.RouteScores, names.Cost, null, RouteNameColumn, KeyPrefix);
        var (graph, columns) = RoutedGraph.Build(scorer, pixels, ExportedImageFormat.PlanarFloat, outputs);
        describe(graph);
        using var bytes = RouterMetadata.Seal(graph);
        string[] made = [.. graph.Graph.Output.Select(o => o.Name)];
        string[] texts = [RouteNameColumn, .. columns.Where(c => c.KeyValues is not null).Select(c => KeyPrefix + c.Name)];
        IEstimator<ITransformer> route = ml.Transforms.ApplyOnnxModel(made, [pixels], bytes);
        foreach (var column in columns.Where(c => c.KeyValues is not null))
        {
            route = route.Append(ml.Transforms.Conversion.MapValueToKey(column.Name, KeyPrefix + column.Name, keyData: Texts(ml, column.KeyValues!)));
        }

        route = route.Append(ml.Transforms.Conversion.MapValueToKey(
            names.Route, RouteNameColumn, keyData: Texts(ml, scorer.Routes.Select(r => r.Name))));
        if (images == ImageForm.Vectors)
        {
            return route.Append(ml.Transforms.DropColumns(texts))
                .Fit(Empty(ml, names.Image, new VectorDataViewType(NumberDataViewType.Single, scorer.ImageLength)));
        }

        var resizing = PlainResizing.Of(scorer.Fit);
        var routed = ml.Transforms.ResizeImages(
                SizedColumn, scorer.ImageWidth, scorer.ImageHeight, images == ImageForm.Paths ? LoadedColumn : names.Image, resizing)
            .Append(ml.Transforms.ExtractPixels(PixelsColumn, SizedColumn))
            .Append(route);
        return images == ImageForm.Paths
            ? ml.Transforms.LoadImages(LoadedColumn, scorer.Decoder.Folder, names.Image)
                .Append(routed)
                .Append(ml.Transforms.DropColumns([LoadedColumn, SizedColumn, PixelsColumn, .. texts]))
                .Fit(Empty(ml, names.Image, TextDataViewType.Instance))
            : routed
                .Append(ml.Transforms.DropColumns([SizedColumn, PixelsColumn, .. texts]))
                .Fit(Empty(ml, names.Image, new ImageDataViewType()));
    }

    /// <summary>How many transformers there are in the chain around a graph.</summary>
    public static int Steps(GraphProto graph, ImageForm images) =>
        3 + graph.Output.Count(o => o.Name.StartsWith(KeyPrefix, StringComparison.Ordinal)) +
        images switch { ImageForm.Vectors => 0, ImageForm.Paths => 3, _ => 2 };

    private static IDataView Texts(MLContext ml, IEnumerable<string> values) =>
        ml.Data.LoadFromEnumerable(values.Select(v => new TextRow { Value = v }));

    /// <summary>A view without rows: the built-in estimators look at its schema alone.</summary>
    private static IDataView Empty(MLContext ml, string column, DataViewType type)
    {
        return type switch
        {
            ImageDataViewType => Rows<ImageRow>(),
            TextDataViewType => Rows<TextRow>(),
            _ => Rows<VectorRow>(),
        };

        IDataView Rows<T>()
            where T : class
        {
            var definition = SchemaDefinition.Create(typeof(T));
            definition[0].ColumnName = column;
            definition[0].ColumnType = type;
            return ml.Data.LoadFromEnumerable(Array.Empty<T>(), definition);
        }
    }

    private sealed class TextRow
    {
        public string Value { get; set; } = "";
    }

    private sealed class VectorRow
    {
        public float[] Pixels { get; set; } = [];
    }

    /// <summary>Without a size the attribute cannot register its type in ML.NET; the size given here gives way to the type of the definition.</summary>
    private sealed class ImageRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
