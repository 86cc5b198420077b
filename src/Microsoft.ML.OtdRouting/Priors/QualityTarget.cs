namespace Microsoft.ML.OtdRouting;

/// <summary>
/// What must not be lost: a promise in place of a budget. A part of the fitting images is kept back; on them budgets are tested one after another, from that of
/// the largest resolution down, and the router keeps to the smallest one that passes ahead of the first that does not.
/// </summary>
/// <remarks>
/// <para>
/// The promise is about images like those of the fit: with at least the stated confidence, over the draw of the images that are kept back, the router's true
/// quality is what was promised. Since every budget is tested at the whole level and the first failure ends it, looking at many costs nothing (fixed-sequence testing;
/// Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn then Test"). The tests are exact for any number of images.
/// </para>
/// <para>The images kept back are not fitted on, in no part of the router: it is fitted on fewer.</para>
/// </remarks>
public sealed class QualityTarget
{
    /// <summary>A fit keeps at least so much for itself.</summary>
    private const double MostKeptBack = 0.8;

    private QualityTarget(double? points, double? quality, double confidence, double keptBack)
    {
        if (!(confidence is > 0.5 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(confidence), confidence, $"The confidence is {confidence}; it must be above 0.5 and below 1, such as 0.95.");
        }

        if (!(keptBack is > 0 and <= MostKeptBack))
        {
            throw new ArgumentOutOfRangeException(
                nameof(keptBack), keptBack, $"The part of the images that is kept back is {keptBack}; it must be above 0 and at most {MostKeptBack}.");
        }

        Points = points;
        Quality = quality;
        Confidence = confidence;
        KeptBack = keptBack;
    }

    /// <summary>How much worse than the largest resolution the router may be, in points (hundredths) of the primary measure; null where it is not compared with it.</summary>
    public double? Points { get; }

    /// <summary>The value of the primary measure that the router must have; null where it is compared with the largest resolution.</summary>
    public double? Quality { get; }

    /// <summary>The chance, at least, that the promise is true; between 0.5 and 1.</summary>
    public double Confidence { get; }

    /// <summary>The part of the fitting images that budgets are tested on and nothing is fitted to; above 0, at most 0.8.</summary>
    public double KeptBack { get; }

    /// <summary>
    /// At most so much worse than the largest resolution alone, calibrated on the same images as the router, image by image on the same images.
    /// </summary>
    /// <param name="points">Points (hundredths) of the task's primary measure, above 0 and below 100: 0.5 is 0.5 % of the images for an accuracy.</param>
    /// <param name="confidence">The chance, at least, that the promise is true: above 0.5 and below 1.</param>
    /// <param name="keptBack">The part of the fitting images to test on, and to fit nothing to: above 0 and at most 0.8. Half of them without it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static QualityTarget WithinLargest(double points, double confidence = 0.95, double keptBack = 0.5) => points is > 0 and < 100
        ? new QualityTarget(points, null, confidence, keptBack)
        : throw new ArgumentOutOfRangeException(nameof(points), points, $"The router may lose {points} points; the number must be above 0 and below 100.");

    /// <summary>At least a value of the task's primary measure, such as an accuracy.</summary>
    /// <param name="quality">The value, above 0 and below 1.</param>
    /// <param name="confidence">The chance, at least, that the promise is true: above 0.5 and below 1.</param>
    /// <param name="keptBack">The part of the fitting images to test on, and to fit nothing to: above 0 and at most 0.8. Half of them without it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static QualityTarget AtLeast(double quality, double confidence = 0.95, double keptBack = 0.5) => quality is > 0 and < 1
        ? new QualityTarget(null, quality, confidence, keptBack)
        : throw new ArgumentOutOfRangeException(nameof(quality), quality, $"The quality to reach is {quality}; it must be above 0 and below 1.");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{(Points is { } points ? $"at most {points} point{(points == 1 ? "" : "s")} below the largest resolution" : $"at least {Quality}")}, with {Confidence:P1} confidence");

    /// <summary>A target of its numbers.</summary>
    /// <exception cref="ArgumentException">Neither points nor a quality are given, or both.</exception>
    internal static QualityTarget Of(double? points, double? quality, double confidence, double keptBack) => (points, quality) switch
    {
        ({ } p, null) => WithinLargest(p, confidence, keptBack),
        (null, { } q) => AtLeast(q, confidence, keptBack),
        _ => throw new ArgumentException("A target of quality needs points or a value, and not both."),
    };
}
