using Google.Protobuf;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Fitted answers of routes, and what is known of an image after its first look. Safe for concurrent use.</summary>
/// <param name="firstLook">The resolution that looks at every image.</param>
/// <param name="routes">The routes.</param>
internal abstract class TaskModel(int firstLook, IReadOnlyList<Route> routes)
{
    public int FirstLook => firstLook;

    public IReadOnlyList<Route> Routes => routes;

    /// <summary>Numbers that describe an image to the policy.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>Folds that images are described by; null for any number.</summary>
    public virtual int? FoldCount => null;

    /// <summary>Describes an image by its first look.</summary>
    /// <param name="kept">What is kept of what the first look says.</param>
    /// <param name="fold">The image's fold, whose parts have not seen the image.</param>
    /// <param name="features"><see cref="FeatureCount"/> numbers.</param>
    public abstract void Describe(ReadOnlySpan<float> kept, int fold, Span<float> features);

    /// <summary>Floats of scratch memory that <see cref="Combine"/> needs.</summary>
    public abstract int ScratchLength { get; }

    /// <summary>The answer of a route.</summary>
    /// <param name="window">Holds what all resolutions of the route have said.</param>
    /// <param name="slot">The image.</param>
    /// <param name="route">The route.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats.</param>
    /// <param name="answer"><see cref="BoundTask.AnswerLength"/> floats.</param>
    public abstract void Combine(ObservationWindow window, int slot, int route, Span<float> scratch, Span<float> answer);

    /// <summary>What the routes do on rows that the model has not seen.</summary>
    public abstract RouteOutcomes Outcomes(Observations observations);

    /// <summary>The model of some of the routes.</summary>
    public abstract TaskModel Select(IReadOnlyList<int> routes);

    /// <summary>All that makes the model again, but for its routes.</summary>
    public abstract ByteString Save();

    /// <summary>Writes the model into an exported graph.</summary>
    /// <exception cref="NotSupportedException">It cannot be written; the message says why.</exception>
    public abstract TaskGraph CreateGraph();
}
