using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Where the time of scoring goes, in ticks of <see cref="Stopwatch"/>. What is in none of these is grouping and copying.</summary>
internal sealed class ScoringClock
{
    /// <summary>Reading rows from the input: decoding where images come from files, and bringing them to the largest resolution.</summary>
    public long Reading { get; set; }

    /// <summary>Inside the models.</summary>
    public long Models { get; set; }

    /// <summary>Resizing from the largest resolution, and preprocessing.</summary>
    public long Resizing { get; set; }

    /// <summary>Features of the images, predicted losses, choice of routes.</summary>
    public long Policy { get; set; }

    /// <summary>Pooling of the predictions of a route's resolutions.</summary>
    public long Pooling { get; set; }

    /// <summary>All of these.</summary>
    public long Sum => Reading + Models + Resizing + Policy + Pooling;

    /// <summary>The clock as it stands.</summary>
    public ScoringClock Copy() => (ScoringClock)MemberwiseClone();

    /// <summary>What has passed since an earlier copy.</summary>
    public ScoringClock Since(ScoringClock earlier) => new()
    {
        Reading = Reading - earlier.Reading,
        Models = Models - earlier.Models,
        Resizing = Resizing - earlier.Resizing,
        Policy = Policy - earlier.Policy,
        Pooling = Pooling - earlier.Pooling,
    };
}
