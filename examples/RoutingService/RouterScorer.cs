using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace RoutingService;

/// <summary>Scores images in one pass of the current router.</summary>
public sealed class RouterScorer : IImageScorer
{
    private readonly MLContext _ml;
    private readonly CurrentRouter _current;

    /// <summary>A scorer of whatever router is current when it is called.</summary>
    public RouterScorer(MLContext ml, CurrentRouter current)
    {
        // Tells ML.NET that a member of type MLImage is an image column of any size.
        DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
        (_ml, _current) = (ml, current);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ImagePrediction> Score(IReadOnlyList<MLImage> images)
    {
        using var lease = _current.Rent();
        var pictures = _ml.Data.LoadFromEnumerable(images.Select(image => new Picture { Image = image }));
        var routed = lease.Router.Transform(pictures);
        var classes = KeyNames(routed.Schema["PredictedLabel"]);
        var routes = KeyNames(routed.Schema["Route"]);
        // Keys are counted from 1: 0 stands for a missing one.
        return _ml.Data.CreateEnumerable<Scored>(routed, reuseRowObject: true)
            .Select(s => new ImagePrediction(classes[s.PredictedLabel - 1], s.Score.Max(), routes[s.Route - 1], s.Cost))
            .ToList();
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }

    private sealed class Picture
    {
        public MLImage? Image { get; set; }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public uint PredictedLabel { get; set; }

        public uint Route { get; set; }

        public float Cost { get; set; }
    }
}
