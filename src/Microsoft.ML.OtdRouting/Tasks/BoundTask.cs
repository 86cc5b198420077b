using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>A task that knows the columns of its data and the outputs of its models. Safe for concurrent use.</summary>
internal abstract class BoundTask
{
    /// <summary>The task and its options.</summary>
    public abstract RoutingTask Task { get; }

    /// <summary>Name of the primary measure, of which more is better.</summary>
    public abstract string QualityName { get; }

    /// <summary>Whether what a row adds to the primary measure is from 0 to 1, so that promises about its mean can be tested.</summary>
    public virtual bool HasBoundedQuality => false;

    /// <summary>Folds that the task has been settled in; null where any number will do.</summary>
    public virtual int? Folds => null;

    /// <summary>The loss that routers of the task minimise, in a word; empty for tasks that have but one.</summary>
    public virtual string LossName => "";

    /// <summary>The task as it is settled, with the other losses that routers can minimise.</summary>
    public virtual IReadOnlyList<BoundTask> OtherLosses => [];

    /// <summary>Whether outcomes hang on other images, in which a row is searched for: <see cref="Observations.Gallery"/>.</summary>
    public virtual bool Searches => false;

    /// <summary>Floats of what is known to be true of a row.</summary>
    public abstract int TargetLength { get; }

    /// <summary>Floats of an answer.</summary>
    public abstract int AnswerLength { get; }

    /// <summary>The columns that the task adds.</summary>
    public abstract IReadOnlyList<TaskColumn> Columns { get; }

    /// <summary>An answer in a word; null for tasks whose answers are numbers.</summary>
    /// <param name="answer"><see cref="AnswerLength"/> floats, none of them NaN.</param>
    public virtual string? Tell(ReadOnlySpan<float> answer) => null;

    /// <summary>The columns, besides the image, that are read from data with which a router is fitted or compared.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public abstract IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema);

    /// <summary>Opens a reader of what is true of the row a cursor stands on; <see cref="TargetColumns"/> are active.</summary>
    public abstract TargetReader OpenTargets(DataViewRow row);

    /// <summary>Floats that are kept of what a resolution says about an image.</summary>
    public abstract int KeptLength(int resolution);

    /// <summary>
    /// Floats that a window holds of what a resolution says about an image: those that are kept, and behind them what answers need besides, where
    /// that is too much to keep of every fitting image.
    /// </summary>
    public virtual int HeldLength(int resolution) => KeptLength(resolution);

    /// <summary>Keeps what matters of what a resolution says about an image: all that features, losses and answers are made of.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="output">Its tensors.</param>
    /// <param name="kept"><see cref="HeldLength"/> floats, of which the first <see cref="KeptLength"/> are kept longer than the window.</param>
    public abstract void Keep(int resolution, ImageOutput output, Span<float> kept);

    /// <summary>Checks, or mends, what was read of the fitting data, and learns what the outputs of the models mean, ahead of all that is fitted to them.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="warn">Is told of what was mended.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The task as it stands then.</returns>
    /// <exception cref="ArgumentException">Data and models disagree; the message says how.</exception>
    public abstract BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken);

    /// <summary>Restates what is true of rows that were read before the task was settled, and not settled on, as if they were read by the settled one.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="before">The task as it was.</param>
    public virtual void Restate(Observations rows, BoundTask before)
    {
    }

    /// <summary>Fits the answers of some routes.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="firstLook">The resolution that looks at every image.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The answers as they are deployed, and what they do on the fitting rows, each row answered by parts that have not seen it.</returns>
    public abstract (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken);

    /// <summary>The answers of single resolutions as a user has them without a router: nothing is fitted but what confidences need to be compared.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="singles">A route for every resolution.</param>
    public abstract TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles);

    /// <summary>All that makes the bound task again, but for its models.</summary>
    public abstract ByteString Save();

    /// <summary>Makes a model of what <see cref="TaskModel.Save"/> gave.</summary>
    /// <param name="saved">The model.</param>
    /// <param name="firstLook">The resolution that looks at every image.</param>
    /// <param name="routes">Its routes.</param>
    /// <exception cref="InvalidDataException">The model cannot be read, or is none of these routes.</exception>
    public abstract TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes);
}
