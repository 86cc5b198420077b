using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Describes models and measures their times, without a router.</summary>
internal static class ResolutionProfiler
{
    private const int MostImages = 256;

    /// <summary>Opens one model and describes it.</summary>
    public static ResolutionDescription Describe(Resolution resolution, ScoringOptions options, Action<string> warn)
    {
        using var sessions = new OnnxSessions(options, warn);
        return new ResolutionDescription(new ResolutionScorer(resolution, resolution.Height, resolution.Width, sessions, options));
    }

    /// <summary>Throws where the models cannot stand in one graph.</summary>
    public static void RequireOneGraph(IReadOnlyList<Resolution> resolutions, ScoringOptions options, Action<string> warn)
    {
        using var sessions = new OnnxSessions(options, warn);
        RoutedGraph.RequireOneGraph([.. resolutions.Select(r => new ResolutionScorer(r, r.Height, r.Width, sessions, options))]);
    }

    /// <summary>Describes and measures models, in the order given.</summary>
    public static IEnumerable<ResolutionProfile> Profile(
        IReadOnlyList<Resolution> resolutions,
        IDataView? images,
        string imageColumnName,
        ScoringOptions options,
        Action<string> warn,
        CancellationToken cancellationToken)
    {
        var (height, width) = (resolutions.Max(r => r.Height), resolutions.Max(r => r.Width));
        using var sessions = new OnnxSessions(options, warn);
        var scorers = resolutions.Select(r => new ResolutionScorer(r, height, width, sessions, options)).ToList();
        var length = 3 * height * width;
        var pixels = images is null
            ? ScorerTiming.Noise(length)
            : ImageSample.Read(images, imageColumnName, new PixelReaders(height, width, ImageFit.CenterCrop), new ImageDecoder(), MostImages, cancellationToken).SelectMany(i => i).ToArray();
        foreach (var scorer in scorers)
        {
            var times = ScorerTiming.Measure(scorer, pixels, length, cancellationToken);
            yield return new ResolutionProfile(new ResolutionDescription(scorer), times.Batch1, times.Best, times.BestBatch);
        }
    }
}
