using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Where the time of scoring goes, in ticks of <see cref="Stopwatch"/>, over all threads. What is in none of these is grouping and copying.
/// </summary>
/// <remarks>Fields, for <see cref="Interlocked"/>.</remarks>
internal sealed class ScoringClock
{
    /// <summary>Reading rows from the input.</summary>
    public long Reading;

    /// <summary>Decoding files, and bringing images to the largest resolution.</summary>
    public long Decoding;

    /// <summary>Inside the models.</summary>
    public long Models;

    /// <summary>Resizing from the largest resolution, and preprocessing.</summary>
    public long Resizing;

    /// <summary>Features of the images, predicted losses, choice of routes.</summary>
    public long Policy;

    /// <summary>Pooling of the predictions of a route's resolutions.</summary>
    public long Pooling;

    /// <summary>All of these.</summary>
    public long Sum => Reading + Decoding + Models + Resizing + Policy + Pooling;

    /// <summary>The clock as it stands.</summary>
    public ScoringClock Copy() => (ScoringClock)MemberwiseClone();

    /// <summary>What has passed since an earlier copy.</summary>
    public ScoringClock Since(ScoringClock earlier) => new()
    {
        Reading = Reading - earlier.Reading,
        Decoding = Decoding - earlier.Decoding,
        Models = Models - earlier.Models,
        Resizing = Resizing - earlier.Resizing,
        Policy = Policy - earlier.Policy,
        Pooling = Pooling - earlier.Pooling,
    };
}
